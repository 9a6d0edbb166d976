"""MCP servers as the service calls them. None is asked: they have the tools that are allowed, which do what they are
told, some time after the response that called them has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..realtime.wire import Json
from .answers import Call
from .items import Item, Items, text_tokens
from .outbox import Outbox, Outgoing
from .server_events import ServerEvents

RUNS_S = 0.3
DONE = '{"status": "done"}'
DENIED = "the user has denied it"


class McpCalls:
    """`ended` takes what the answer that is asked for next learns of a call."""

    def __init__(
        self, wire: ServerEvents, items: Items, outbox: Outbox, ended: Callable[[str], None]
    ) -> None:
        self._wire, self._items, self._outbox, self._ended = wire, items, outbox, ended
        self._listed: set[str] = set()
        self._answered: set[str] = set()

    def offer(self, tools: Sequence[Json], now: float) -> None:
        """A session names these: the tools of servers that are new are listed."""
        for tool in tools:
            if tool.get("type") == "mcp" and tool["server_label"] not in self._listed:
                self._listed.add(tool["server_label"])
                names = tool.get("allowed_tools") or []
                listed = [{"name": name, "input_schema": {"type": "object"}} for name in names]
                self._list(tool["server_label"], listed, now)

    def _list(self, label: str, tools: list[Json], now: float) -> None:
        body = {"type": "mcp_list_tools", "server_label": label, "tools": tools}
        item = Item(self._wire.id("mcpl"), body)
        before = self._items.insert(item, None)
        added = self._wire.item_added(self._echo(item), before)
        kinds = ("mcp_list_tools.in_progress", "mcp_list_tools.completed")
        events = [self._wire.event(kind, item_id=item.id) for kind in kinds]
        self._outbox.put(*added, *events, *self._wire.item_done(self._echo(item), before), at=now)

    def item_of(self, call: Call, tools: Sequence[Json]) -> Item | None:
        """What a call of `server.tool` begins with; None: there is no such server."""
        label, dot, name = call.name.partition(".")
        server = next((tool for tool in tools if dot and tool.get("server_label") == label), None)
        if server is None:
            return None
        told = {"server_label": label, "name": name, "arguments": call.arguments}
        tokens = text_tokens(call.arguments) + 8
        if needs_approval(server, name):
            return Item(self._wire.id("mcpr"), {"type": "mcp_approval_request"} | told, tokens=tokens)
        return Item(self._wire.id("mcp"), {"type": "mcp_call"} | told, tokens=tokens)

    def run(self, item: Item, where: Json, now: float) -> None:
        """`where`: the response and its place in it."""

        def end(_: float) -> list[Outgoing]:
            item.body["output"] = DONE
            self._ended(DONE)
            index = {"output_index": where["output_index"]}
            echo = self._echo(item)
            completed = self._wire.event("response.mcp_call.completed", item_id=item.id, **index)
            done = [self._wire.event("response.output_item.done", **where, item=echo)]
            return [completed, *done, *self._wire.item_done(echo, self._items.last_id())]

        self._outbox.plan(now + RUNS_S, end)

    def unfit(self, approval_id: str) -> str:
        """Why a request cannot be answered; empty: it can."""
        request = self._items.get(approval_id)
        if request is None or request.body["type"] != "mcp_approval_request":
            return f"Approval request '{approval_id}' not found in conversation."
        return f"Approval request '{approval_id}' already has a response." * (approval_id in self._answered)

    def answer(self, body: Json, now: float) -> None:
        """The client has approved, or has not."""
        self._answered.add(body["approval_request_id"])
        request = self._items.get(body["approval_request_id"])
        assert request
        if not body["approve"]:
            self._ended(DENIED)
            return
        told = request.body | {"type": "mcp_call", "approval_request_id": request.id}
        item = Item(self._wire.id("mcp"), told, tokens=request.tokens)
        before = self._items.insert(item, None)
        echo = item.echo(object_name=self._wire.dialect.items_say_object, status="in_progress")
        place = {"output_index": 0}
        begun = self._wire.event("response.mcp_call.in_progress", item_id=item.id, **place)
        self._outbox.put(*self._wire.item_added(echo, before), begun, at=now)
        self.run(item, {"response_id": self._wire.id("resp"), **place}, now)

    def _echo(self, item: Item) -> Json:
        return item.echo(object_name=self._wire.dialect.items_say_object)


def needs_approval(server: Json, tool: str) -> bool:
    """Where it is not said: yes."""
    wanted = server.get("require_approval") or "always"
    if isinstance(wanted, str):
        return wanted == "always"
    never = wanted.get("never") or []
    return tool not in (never.get("tool_names") or [] if isinstance(never, dict) else never)
