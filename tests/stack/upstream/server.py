# Copyright: (c) 2026, ERNI-KI contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small OpenAI-compatible server that counts its calls, so that a cache hit can be told from a call.

Standard library only. Listens on port 8000 (or on the port given as the only argument).

    POST /v1/chat/completions   also with "stream": true
    POST /v1/completions        also with "stream": true
    POST /v1/embeddings
    GET  /v1/models
    GET  /calls                 {"count": N, "models": {name: N}, "paths": {path: N}}
    POST /reset                 the counters start again at nought
    POST /fail {"status": 500, "delay": 0, "count": null}
                                every model call (or the next `count`) waits `delay` seconds and is
                                answered with that status; {"status": 200} only delays; {"status": null} recovers
    GET  /health                200

Every answer has an `id` of its own. Failed calls are counted too: they did reach the upstream.
"""

from __future__ import annotations

import http.server
import json
import sys
import threading
import time
import uuid


class State:
    """The counters and the failure that was asked for; every access holds the lock."""

    def __init__(self) -> None:
        """Nothing counted, nothing failing."""
        self.lock = threading.Lock()
        self.models: dict = {}
        self.paths: dict = {}
        self.failure: dict = {"status": None, "delay": 0.0, "count": None}

    def count(self, path: str, model: str) -> tuple:
        """Count one call; returns (its number, status to fail with or None, delay in seconds)."""
        with self.lock:
            self.models[model] = self.models.get(model, 0) + 1
            self.paths[path] = self.paths.get(path, 0) + 1
            number = sum(self.paths.values())
            failure = self.failure
            status, delay, left = failure["status"], failure["delay"], failure["count"]
            if left is not None:
                failure["count"] = left - 1
                if left <= 1:
                    self.failure = {"status": None, "delay": 0.0, "count": None}
            return number, status, delay

    def calls(self) -> dict:
        """What GET /calls answers."""
        with self.lock:
            return {"count": sum(self.paths.values()), "models": dict(self.models), "paths": dict(self.paths)}

    def reset(self) -> None:
        """All counters to nought."""
        with self.lock:
            self.models, self.paths = {}, {}

    def fail(self, wanted: dict) -> dict:
        """Set the failure; raises ValueError or TypeError on values that make no sense."""
        status = wanted.get("status")
        count = wanted.get("count")
        failure = {
            "status": None if status is None else int(status),
            "delay": float(wanted.get("delay") or 0.0),
            "count": None if count is None else int(count),
        }
        with self.lock:
            self.failure = failure
        return failure


STATE = State()


def usage_of(prompt: object, answer: str) -> dict:
    """A usage block that looks like the real one: one token per word."""
    asked, answered = len(json.dumps(prompt).split()), len(answer.split())
    return {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered}


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "upstream"

    def log_message(self, format: str, *args: object) -> None:  # pylint: disable=redefined-builtin
        """One line per request on standard output, for `docker logs`. The name is the base class's."""
        print("%s %s" % (time.strftime("%H:%M:%S"), format % args), flush=True)

    def answer(self, status: int, content: dict) -> None:
        """Send a JSON document."""
        data = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def stream(self, chunks: list) -> None:
        """Send server-sent events, chunked, ending with [DONE]."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for text in [json.dumps(chunk) for chunk in chunks] + ["[DONE]"]:
            data = ("data: %s\n\n" % text).encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def do_GET(self) -> None:  # the name is the base class's
        """The counters, the health and the list of models."""
        path = self.path.split("?")[0]
        if path == "/calls":
            self.answer(200, STATE.calls())
        elif path == "/health":
            self.answer(200, {"status": "ok"})
        elif path == "/v1/models":
            self.answer(200, {"object": "list", "data": [{"id": "test-chat", "object": "model"}]})
        else:
            self.answer(404, {"error": {"message": "no such path"}})

    def do_POST(self) -> None:  # the name is the base class's
        """Model calls and the two controls."""
        path = self.path.split("?")[0]
        try:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        except ValueError:
            self.answer(400, {"error": {"message": "the body is not JSON"}})
            return
        if path == "/fail":
            try:
                self.answer(200, STATE.fail(body))
            except (TypeError, ValueError) as error:
                self.answer(400, {"error": {"message": str(error)}})
            return
        if path == "/reset":
            STATE.reset()
            self.answer(200, STATE.calls())
            return
        if path not in ("/v1/chat/completions", "/v1/completions", "/v1/embeddings"):
            self.answer(404, {"error": {"message": "no such path"}})
            return
        model = str(body.get("model"))
        number, status, delay = STATE.count(path, model)
        if delay:
            time.sleep(delay)  # the delay that a test asked for, not a wait for a condition
        if status is not None and status != 200:
            self.answer(status, {"error": {"message": "failing as asked", "type": "server_error", "code": str(status)}})
        elif path == "/v1/embeddings":
            self.embeddings(body, model)
        else:
            self.completion(body, model, number, chat=path == "/v1/chat/completions")

    def embeddings(self, body: dict, model: str) -> None:
        """A vector of eight numbers per input."""
        inputs = body.get("input")
        inputs = inputs if isinstance(inputs, list) and not all(isinstance(one, int) for one in inputs) else [inputs]
        data = [
            {"object": "embedding", "index": index, "embedding": [round(0.1 * (index + step), 3) for step in range(8)]}
            for index in range(len(inputs))
        ]
        tokens = usage_of(inputs, "")["prompt_tokens"]
        self.answer(
            200,
            {
                "object": "list",
                "model": model,
                "data": data,
                "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
            },
        )

    def completion(self, body: dict, model: str, number: int, chat: bool) -> None:
        """A chat or text completion whose text names the number of the call."""
        text = "Answer number %d of the upstream." % number
        prompt = body.get("messages") if chat else body.get("prompt")
        common = {
            "id": ("chatcmpl-" if chat else "cmpl-") + uuid.uuid4().hex,
            "created": int(time.time()),
            "model": model,
        }
        if not body.get("stream"):
            choice = {"index": 0, "finish_reason": "stop"}
            choice.update(
                {"message": {"role": "assistant", "content": text}} if chat else {"text": text, "logprobs": None}
            )
            kind = "chat.completion" if chat else "text_completion"
            self.answer(200, dict(common, object=kind, choices=[choice], usage=usage_of(prompt, text)))
            return
        chunks = []
        kind = "chat.completion.chunk" if chat else "text_completion"
        words = [word + " " for word in text.split()]
        for position, word in enumerate(words + [None]):
            choice = {"index": 0, "finish_reason": "stop" if word is None else None}
            if chat:
                delta = {} if word is None else {"content": word}
                if position == 0:
                    delta["role"] = "assistant"
                choice["delta"] = delta
            else:
                choice["text"] = word or ""
            chunks.append(dict(common, object=kind, choices=[choice]))
        if (body.get("stream_options") or {}).get("include_usage"):
            chunks.append(dict(common, object=kind, choices=[], usage=usage_of(prompt, text)))
        self.stream(chunks)


class Server(http.server.ThreadingHTTPServer):
    """A thread per connection."""

    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    """Serve until the container is stopped."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    Server(("0.0.0.0", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
