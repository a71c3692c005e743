"""Checks a running `fundi serve` with the official openai client (pip install openai).

    fundi serve MODEL --port 8080 &
    python tests/serve/check_openai_client.py http://127.0.0.1:8080/v1

With --tools it also checks tools and reasoning, whatever the model makes of them; the server needs a
chat template that knows both:

    fundi serve MODEL --port 8080 --chat-template tests/text/data/chat_templates/tools.jinja &

Not part of the continuous tests, which need no Python.
"""

import concurrent.futures
import json
import sys

import openai


TOOL = {"type": "function", "function": {
    "name": "weather", "description": "Hali ya hewa",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}}}}


def check_tools(client: openai.OpenAI, model: str) -> None:
    """A whole round: a question, a call, its result, an answer; whole and streamed alike."""
    arguments = {"model": model, "tools": [TOOL], "max_tokens": 64, "seed": 3, "temperature": 0.7}
    messages = [{"role": "user", "content": "Hali ya hewa Kisumu?"}]
    whole = client.chat.completions.create(messages=messages, **arguments).choices[0]
    content, reasoning, calls, reason = "", "", {}, None
    for chunk in client.chat.completions.create(messages=messages, stream=True, **arguments):
        for choice in chunk.choices:
            content += choice.delta.content or ""
            reasoning += getattr(choice.delta, "reasoning_content", None) or ""
            for call in choice.delta.tool_calls or []:
                assert call.index not in calls, "a call comes as one delta"
                calls[call.index] = call
            reason = choice.finish_reason or reason
    assert content == (whole.message.content or "")
    assert reasoning == (getattr(whole.message, "reasoning_content", None) or "")
    assert "<think>" not in content and "</think>" not in content
    assert reason == whole.finish_reason
    assert [(c.function.name, c.function.arguments) for c in calls.values()] == \
        [(c.function.name, c.function.arguments) for c in whole.message.tool_calls or []]
    for call in calls.values():
        assert isinstance(json.loads(call.function.arguments), dict) and call.id
    assert (reason == "tool_calls") == bool(calls) or reason == "length"

    called = {"role": "assistant", "content": None, "tool_calls": [
        {"id": "abc123def", "type": "function",
         "function": {"name": "weather", "arguments": '{"place": "Kisumu"}'}}]}
    result = {"role": "tool", "tool_call_id": "abc123def", "content": '{"sky": "clear"}'}
    again = client.chat.completions.create(messages=messages + [called, result], **arguments)
    assert again.usage.prompt_tokens > 0
    none = client.chat.completions.create(
        messages=messages, **{**arguments, "tool_choice": "none", "parallel_tool_calls": False})
    assert not none.choices[0].message.tool_calls
    client.chat.completions.create(
        messages=messages, max_tokens=4, model=model,
        extra_body={"chat_template_kwargs": {"enable_thinking": False}})
    print(f"{model}: tools and reasoning pass; {len(calls)} calls, reasoning of "
          f"{len(reasoning)} characters")


def main(base_url: str, tools: bool) -> None:
    client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0)
    model = client.models.list().data[0].id
    assert client.models.retrieve(model).id == model
    messages = [{"role": "system", "content": "Jibu kwa kifupi."},
                {"role": "user", "content": [{"type": "text", "text": "Habari ya asubuhi?"}]}]

    whole = client.chat.completions.create(
        model=model, messages=messages, max_tokens=16, seed=3, temperature=0.7)
    assert whole.object == "chat.completion" and whole.choices[0].message.role == "assistant"
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens

    text, reason, usage = "", None, None
    for chunk in client.chat.completions.create(
            model=model, messages=messages, max_tokens=16, seed=3, temperature=0.7, stream=True,
            stream_options={"include_usage": True}):
        assert chunk.id and chunk.object == "chat.completion.chunk"
        if chunk.usage:
            usage = chunk.usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reason = choice.finish_reason or reason
    assert text == whole.choices[0].message.content, (text, whole.choices[0].message.content)
    assert reason == whole.choices[0].finish_reason
    assert usage.completion_tokens == whole.usage.completion_tokens

    # An answer goes back as the client gave it.
    again = messages + [whole.choices[0].message, {"role": "user", "content": "Asante"}]
    client.chat.completions.create(model=model, messages=again, max_tokens=4)

    answers = client.completions.create(
        model=model, prompt=["Habari", "Mahindi"], n=2, max_tokens=4, echo=True,
        extra_body={"top_k": 5, "min_p": 0.05, "repetition_penalty": 1.1})
    assert [c.index for c in answers.choices] == [0, 1, 2, 3]
    assert answers.choices[3].text.startswith("Mahindi")
    pieces = client.completions.create(model=model, prompt=[5, 6, 7], max_tokens=4, stream=True)
    assert [c.choices[0].finish_reason for c in pieces][-1] in ("stop", "length")

    for error, arguments in [
            (openai.NotFoundError, {"model": "gpt-4"}),
            (openai.BadRequestError, {"temperature": 5}),
            (openai.BadRequestError, {"logprobs": True}),
            (openai.BadRequestError, {"tools": [TOOL], "tool_choice": "required"}),
            (openai.BadRequestError, {"response_format": {"type": "json_object"}})]:
        try:
            client.chat.completions.create(**({"model": model, "messages": messages} | arguments))
        except error as caught:
            assert caught.body["message"] and caught.body["param"] in arguments, caught.body
        else:
            raise AssertionError(f"accepted {arguments}")

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(client.chat.completions.create, model=model, messages=messages,
                             max_tokens=16, seed=3, temperature=0.7) for _ in range(8)]
        same = [c.result().choices[0].message.content == text for c in calls]
    print(f"{model}: all checks pass; {sum(same)} of 8 concurrent answers equal the single one")


    if tools:
        check_tools(client, model)


if __name__ == "__main__":
    addresses = [a for a in sys.argv[1:] if a != "--tools"]
    main(addresses[0] if addresses else "http://127.0.0.1:8080/v1", "--tools" in sys.argv)
