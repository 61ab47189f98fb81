"""Starts a stand-in for Sunshine Conversations, and controls it over HTTP, with Python's standard library alone."""

import base64
import json
import shutil
import subprocess
import urllib.request


class Sunroom:
    def __init__(self):
        command = [shutil.which("npx"), "sunroom", "start", "--memory", "--port", "0", "--json"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        ready = json.loads(self.process.stdout.readline())
        self.url = ready["url"]
        self.account_key = ready["accountKey"]
        self.token = ready["controlToken"]

    def create_app(self):
        """Makes an app; answers its id, and a key of it."""
        app = self._as_account("/v2/apps", {"displayName": "Test"})["app"]
        return app["id"], self._as_account(f"/v2/apps/{app['id']}/keys", {"displayName": "Test"})["key"]

    def reset(self):
        """Deletes everything that was stored."""
        self._control("POST", "reset", {})

    def deliver(self, channel, person, text):
        """Delivers a person's message as the channel does, signed."""
        return self._control("POST", "deliver", {"channel": channel, "person": person, "content": text})

    def events(self):
        """Lists the events of all that was committed before the call."""
        return self._control("GET", "events")["events"]

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def _as_account(self, path, body):
        credentials = f"{self.account_key['id']}:{self.account_key['secret']}"
        basic = base64.b64encode(credentials.encode()).decode()
        return self._call("POST", path, {"authorization": f"Basic {basic}"}, body)

    def _control(self, method, name, body=None):
        return self._call(method, f"/local/control/{name}", {"x-sunroom-control": self.token}, body)

    def _call(self, method, path, headers, body):
        data = None if body is None else json.dumps(body).encode()
        headers = {**headers, "content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
