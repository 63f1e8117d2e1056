#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The five jobs of docs/embed-in-four-languages.md in Python: open, call, sign in, live, errors.

    jobs.py URL TOKEN_FILE GATED_URL

GATED_URL is a gateway with users. Their name and password are lines of standard input.
"""

import asyncio
import sys

import pintle


async def call(connection):
    #! [call]
    response = await connection.call("GET", "/api/sessions")
    print(response.status, response.text)
    #! [call]


#! [sign-in]
class Terminal:
    def show_message(self, message):
        print(message)

    async def ask(self, question):
        # Hide what is typed if question.is_secret; pintle.TerminalUi does.
        return await asyncio.to_thread(input, question.label + ": ")


async def sign_in(connection):
    facts = await connection.sign_in(Terminal(), method="password")
    print("signed in:", facts["signed_in"])
#! [sign-in]


async def live(connection):
    #! [live]
    async with connection.live() as live:  # connects in the background, and again after a loss
        print(await live.rpc("session.list"))
        await live.rpc("emit", {"type": "tick"})  # the practice gateway sends the event back
        async for event in live:
            if isinstance(event, pintle.Event):
                print("event", event.type, event.payload)
                if event.type == "tick":
                    break
    #! [live]


async def errors(connection):
    #! [errors]
    try:
        await connection.call("GET", "/api/sessions")
    except pintle.Error as error:
        print(f"{error.layer}: {error.message}\n{error.hint}")
        if error.needs_sign_in:  # it is a pintle.SignInRequired
            print("sign in, then call again")
        if error.can_retry:
            print("try again in", error.retry_after or 1, "s")
    #! [errors]


async def main(url, token_file, gated_url):
    #! [open]
    connection = pintle.open(url, pintle.Secret.from_file(token_file))  # sends nothing yet
    #! [open]
    async with connection:
        await call(connection)
        await live(connection)
    async with pintle.open(gated_url) as gated:
        await errors(gated)
        await sign_in(gated)
        await call(gated)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    asyncio.run(main(*sys.argv[1:]))
