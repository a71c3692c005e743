"""Writes data/jinja.json and data/chat_templates.json: what Jinja, set up as transformers does it,
makes of templates of our own.

    pip install transformers jinja2
    python tests/text/make_chat_fixtures.py

The tests need only the files. data/jinja_features.txt, whose templates stand between lines of
=====, and data/chat_templates/*.jinja are written by hand.
"""

import glob
import json
import os

from transformers.utils.chat_template_utils import render_jinja_template

DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data")

# What the features see besides the variables of every chat template.
VARIABLES = {
    "a": 1, "b": -7, "f": 2.5, "s": "Habari ya Dunia", "u": "straße ÀÉ ñ 你好 👍", "e": "",
    "l": [3, 1, 2], "d": {"b": 1, "a": {"x": [1, None, True]}, "C": "q\"\n"}, "n": None, "t": True,
    "ws": "  \n x y\t ", "q": "it's", "qq": "it's \"x\"",
    "items": [{"name": "bob", "age": 3, "role": "user"}, {"name": "Al", "age": 2, "role": "system"},
              {"name": "cy", "age": 3}]}

TOOL = {"type": "function", "function": {
    "name": "weather", "description": "Hali ya \"hewa\"", "parameters": {
        "type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}}}


def message(role, content, **more):
    return {"role": role, "content": content, **more}


def conversations():
    user, more = message("user", "Habari ya asubuhi?"), message("user", " Na mvua?\n")
    system, answer = message("system", " Jibu.\n"), message("assistant", "Nzuri ☀️\n")
    thought = message("assistant", "<think>\nHm.\n</think>\n\nNdiyo.")
    apart = message("assistant", "Ndiyo.", reasoning_content=" Hm. ")
    call = {"id": "abcdefghi", "type": "function",
            "function": {"name": "weather", "arguments": {"place": "Kisumu \"é\"", "days": 1.0}}}
    called = message("assistant", "", tool_calls=[call, call])
    text_call = {"role": "assistant", "tool_calls": [{**call, "function": {
        "name": "weather", "arguments": '{"place": "Kisumu"}'}}]}
    result = message("tool", '{"sky": "clear"}', tool_call_id="abcdefghi", name="weather")
    parts = [{"type": "text", "text": "Habari "}, {"type": "text", "text": "gani?"}]
    yield {"messages": [user]}
    yield {"messages": [system, user, answer, more]}
    yield {"messages": [system, user, thought]}
    yield {"messages": [user, thought, more]}
    yield {"messages": [user, apart]}
    yield {"messages": [user, apart, more], "enable_thinking": False}
    yield {"messages": [message("user", ""), message("assistant", ""), message("user", "{{ x }}")]}
    yield {"messages": [system, user], "tools": [TOOL, TOOL]}
    yield {"messages": [user, called, result, result, answer, more], "tools": [TOOL]}
    yield {"messages": [user, text_call, result]}
    yield {"messages": [message("user", parts)]}
    yield {"messages": [user, more]}


def render(template, messages=(), tools=None, add_generation_prompt=False, **variables):
    try:
        texts, _ = render_jinja_template(
            [list(messages)], tools=tools, chat_template=template,
            add_generation_prompt=add_generation_prompt, **variables)
        return {"text": texts[0]}
    except Exception:  # Jinja and Python have many ways to refuse
        return {"refused": True}


def write(name, value):
    with open(os.path.join(DATA, name), "w", encoding="utf-8") as f:
        json.dump(value, f, ensure_ascii=False, indent=1)
        f.write("\n")


def main():
    with open(os.path.join(DATA, "jinja_features.txt"), encoding="utf-8", newline="") as f:
        features = f.read().rstrip("\n").split("\n=====\n")
    write("jinja.json", {"variables": VARIABLES, "cases": [
        {"template": feature, **render(feature, **VARIABLES)} for feature in features]})
    cases = []
    for path in sorted(glob.glob(os.path.join(DATA, "chat_templates", "*.jinja"))):
        with open(path, encoding="utf-8", newline="") as f:
            template = f.read()
        for conversation in conversations():
            for prompt in (False, True):
                row = {**conversation, "add_generation_prompt": prompt, "bos_token": "<s>",
                       "eos_token": "</s>", "date": "26 Jul 2024"}
                cases.append({"template": os.path.basename(path), "conversation": row,
                              **render(template, **row)})
    write("chat_templates.json", cases)


if __name__ == "__main__":
    main()
