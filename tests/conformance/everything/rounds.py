"""Answers in rounds (SEP-2322): a result that asks, and the same request again with what was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import mcp_types as types
from contents import Result, capabilities, prompted, said
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

Answers = Mapping[str, Any]


def form(message: str, **properties: str) -> types.ElicitRequest:
    """A question to the user; each property by its JSON Schema type."""
    schema = {
        "type": "object",
        "properties": {k: {"type": t} for k, t in properties.items()},
        "required": [*properties],
    }
    return types.ElicitRequest(params=types.ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(words: str, max_tokens: int) -> types.CreateMessageRequest:
    """A question to the client's model."""
    message = types.SamplingMessage(role="user", content=types.TextContent(text=words))
    return types.CreateMessageRequest(
        params=types.CreateMessageRequestParams(messages=[message], max_tokens=max_tokens)
    )


ROOTS: Final = types.ListRootsRequest()


def ask(state: str | None = None, **requests: types.InputRequest) -> types.InputRequiredResult:
    return types.InputRequiredResult(input_requests=requests, request_state=state)


def given(params: types.CallToolRequestParams | types.GetPromptRequestParams) -> Answers:
    return params.input_responses or {}


def accepted(answer: object, key: str) -> Any:
    """One field of an accepted form; `None` without it."""
    content = answer.content if isinstance(answer, types.ElicitResult) and answer.action == "accept" else None
    return (content or {}).get(key)


# Tools. Each takes the request's parameters; the state it reads was sealed and verified by the SDK's boundary.

NAME: Final = form("What is your name?", name="string")


async def elicitation(_: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    name = accepted(given(params).get("user_name"), "name")
    return ask(user_name=NAME) if name is None else said(f"Hello, {name}!")


async def sampling(_: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    answer = given(params).get("capital_question")
    if answer is None:
        return ask(capital_question=sample("What is the capital of France?", 100))
    return said(f"The model says: {answer.content.text}")


async def list_roots(_: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    answer = given(params).get("client_roots")
    if answer is None:
        return ask(client_roots=ROOTS)
    return said("Roots: " + ", ".join(str(root.uri) for root in answer.roots))


async def request_state(_: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    if not given(params):
        return ask("waiting-for-confirmation", confirm=form("Please confirm", ok="boolean"))
    return said("state-ok" if params.request_state == "waiting-for-confirmation" else "the state was lost")


async def multiple_inputs(_: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    wanted = {"user_name": NAME, "greeting": sample("Generate a greeting", 50), "client_roots": ROOTS}
    missing = {key: request for key, request in wanted.items() if key not in given(params)}
    return ask("several", **missing) if missing else said(f"Took {len(wanted)} answers")


async def multi_round(_: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    match params.request_state:
        case None:
            return ask("round-1", step1=form("Step 1: What is your name?", name="string"))
        case "round-1":
            name = accepted(given(params).get("step1"), "name")
            return ask(f"round-2:{name}", step2=form("Step 2: What is your favorite color?", color="string"))
        case state:
            color = accepted(given(params).get("step2"), "color")
            return said(f"{state.removeprefix('round-2:')} likes {color}")


async def tampered_state(_: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    if params.request_state is None:
        return ask("sealed", confirm=form("Please confirm", ok="boolean"))
    return said("untampered")


async def by_capability(ctx: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    """Ask only for what the client says that it can do."""
    able = capabilities(ctx)
    wanted: dict[str, types.InputRequest] = {}
    if able.sampling is not None:
        wanted["capital_question"] = sample("What is the capital of France?", 100)
    if able.elicitation is not None:
        wanted["user_name"] = NAME
    missing = {key: request for key, request in wanted.items() if key not in given(params)}
    return ask(**missing) if missing else said(f"Took {len(wanted)} answers")


async def streaming(ctx: ServerRequestContext, params: types.CallToolRequestParams) -> Result:
    """A notification first, so that the answer is a stream; the question stands in the result at its end."""
    await ctx.session.report_progress(1, 2, "thinking of a question")
    return await elicitation(ctx, params)


async def missing_capability(ctx: ServerRequestContext, _: types.CallToolRequestParams) -> Result:
    if capabilities(ctx).sampling is None:
        required = types.MissingRequiredClientCapabilityErrorData(
            required_capabilities=types.ClientCapabilities(sampling=types.SamplingCapability())
        )
        raise MCPError(
            types.MISSING_REQUIRED_CLIENT_CAPABILITY,
            "Missing required client capability",
            required.model_dump(by_alias=True, mode="json", exclude_none=True),
        )
    return said("The client can sample.")


TOOLS: Final = {
    "test_input_required_result_elicitation": elicitation,
    "test_input_required_result_sampling": sampling,
    "test_input_required_result_list_roots": list_roots,
    "test_input_required_result_request_state": request_state,
    "test_input_required_result_multiple_inputs": multiple_inputs,
    "test_input_required_result_multi_round": multi_round,
    "test_input_required_result_tampered_state": tampered_state,
    "test_input_required_result_capabilities": by_capability,
    "test_streaming_elicitation": streaming,
    "test_missing_capability": missing_capability,
}


def prompt(params: types.GetPromptRequestParams) -> types.GetPromptResult | types.InputRequiredResult:
    context = accepted(given(params).get("user_context"), "context")
    if context is None:
        return ask(user_context=form("What context should the prompt use?", context="string"))
    return prompted(f"Use this context: {context}")
