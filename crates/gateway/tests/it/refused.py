"""What the official clients make of a refusal: the error they raise, what it carries, and how often they asked."""

import sys

import anthropic
import openai

base, keys = sys.argv[1], sys.argv[2:]
options = {"timeout": 5, "max_retries": 1}


def told(name, key, ask):
    try:
        ask()
        print(name, key, "passed")
    except (openai.APIStatusError, anthropic.APIStatusError) as error:
        body = error.body if isinstance(error.body, dict) else {}
        inner = body.get("error", body)
        carried = [str(error.status_code), str(inner.get("code") or inner.get("type"))]
        if name == "anthropic":
            carried.append(str(error.request_id)[:4])
        print(name, key, type(error).__name__, *carried, "appeal" if "/appeals" in str(error) else "-")


for key in keys:
    client = openai.OpenAI(base_url=f"{base}/v1", api_key=key, **options)
    told("openai", key, lambda: client.chat.completions.create(model="m-1", messages=[{"role": "user", "content": "x"}]))
for key in keys:
    client = anthropic.Anthropic(base_url=base, api_key=key, **options)
    told("anthropic", key, lambda: client.messages.create(model="c-1", max_tokens=9, messages=[{"role": "user", "content": "x"}]))
