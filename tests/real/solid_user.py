# SPDX-License-Identifier: Apache-2.0
"""The user of a Community Solid Server at a browser: what its pages do, without a browser.

As a program: visits the URL of its argument, for the variable BROWSER."""

import http.cookiejar
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request

EMAIL, PASSWORD = "ada@example.org", "a word of ada's"


class KeepRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class User:
    def __init__(self, password=PASSWORD):
        self.password = password
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), KeepRedirects)

    def send(self, url, data=None, kind="application/json"):
        headers = {"Accept": "application/json"} | ({"Content-Type": kind} if data else {})
        try:
            answer = self.opener.open(urllib.request.Request(url, data, headers), timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        return answer, answer.read().decode()

    def follow(self, url):
        """Follows redirects up to a page of the account, or to a page that does not redirect."""
        while True:
            answer, text = self.send(url)
            location = answer.headers.get("Location")
            if not location or not 300 <= answer.status < 400:
                return url, text
            url = urllib.parse.urljoin(url, location)

    def answer(self, url, **fields):
        """Answers a form of the account, and goes where it leads."""
        answer, text = self.send(url, json.dumps(fields).encode())
        if answer.status != 200:
            raise PermissionError(text)
        return self.follow(json.loads(text)["location"])

    def consent(self, url, denies=False):
        """Signs in at an authorization's URL and consents, or not. Returns where that ended."""
        account, _ = self.follow(url)
        self.answer(account + "login/password/", email=EMAIL, password=self.password)
        _, choice = self.send(account + "oidc/pick-webid/")
        self.answer(account + "oidc/pick-webid/", webId=json.loads(choice)["webIds"][0])
        if denies:
            return self.answer(account + "oidc/cancel/")
        return self.answer(account + "oidc/consent/", remember=True)

    def enter_code(self, url, code):
        """Enters the code of a device, and consents."""
        def fields(page):
            return dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))

        _, page = self.send(url)
        form = fields(page) | {"user_code": code}
        _, page = self.send(url, urllib.parse.urlencode(form).encode(),
                            "application/x-www-form-urlencoded")
        form = fields(page) | {"user_code": code, "confirm": "yes"}
        answer, page = self.send(url, urllib.parse.urlencode(form).encode(),
                                 "application/x-www-form-urlencoded")
        return self.consent(urllib.parse.urljoin(url, answer.headers["Location"]))


if __name__ == "__main__":
    User().consent(sys.argv[1], denies="SOLID_USER_DENIES" in os.environ)
