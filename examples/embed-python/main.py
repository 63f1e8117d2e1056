#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signs in at a terminal, asks once, and prints the states and events of a live connection:

    main.py URL [TOKEN_FILE]

Ctrl-C ends it; after a drop it comes back by itself.
"""

import asyncio
import sys
from typing import Optional

import pintle


async def ensure_signed_in(connection: pintle.Connection) -> None:
    """Asks the user only if the gateway wants it."""
    status = await connection.status()
    if not status["credential"]:
        providers = (await connection.probe())["providers"]
        takes_password = any(provider["supports_password"] for provider in providers)
        facts = await connection.sign_in(pintle.TerminalUi(),
                                         method="password" if takes_password else "")
        print("signed in as", facts.get("facts", {}).get("user", "?"), flush=True)


async def watch(live: pintle.Live) -> None:
    async for event in live:
        if isinstance(event, pintle.Ready):
            print("ready", event.generation, flush=True)
        elif isinstance(event, pintle.Waiting):
            print(f"lost: {event.error.message}", flush=True)
        elif isinstance(event, pintle.Event):
            print("event", event.type, event.payload, flush=True)
        elif isinstance(event, (pintle.NeedsSignIn, pintle.Failed)):
            raise event.error


async def main(url: str, token_file: Optional[str]) -> None:
    token = pintle.Secret.from_file(token_file) if token_file else None
    async with pintle.open(url, token) as connection:
        await ensure_signed_in(connection)
        async with connection.live() as live:
            print("sessions:", await live.rpc("session.list", timeout=10), flush=True)
            await watch(live)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        asyncio.run(main(sys.argv[1], sys.argv[2] if len(sys.argv) == 3 else None))
    except pintle.Error as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        pass
