# SPDX-License-Identifier: Apache-2.0


class Wrong(Exception):
    """A block that is not as the page says."""
