"""What the official clients make of answers through the gateway: every kind of call, whole and in pieces."""

import sys
import time

import anthropic
import openai

base = sys.argv[1]
talk = [{"role": "user", "content": "Where does the border run?"}]

client = openai.OpenAI(base_url=f"{base}/v1", api_key="key-old", timeout=30, max_retries=0)
whole = client.chat.completions.create(model="stub", max_tokens=3, messages=talk)
print("openai chat", whole.choices[0].message.content, whole.usage.completion_tokens)
pieces = client.chat.completions.create(
    model="stub", max_tokens=3, messages=talk, stream=True, stream_options={"include_usage": True}
)
pieces = list(pieces)
text = "".join(p.choices[0].delta.content or "" for p in pieces if p.choices)
print("openai chat stream", text.strip(), pieces[-1].usage.completion_tokens)
answer = client.responses.create(model="stub", max_output_tokens=3, input="Where?")
print("openai responses", answer.output_text, answer.usage.output_tokens)
events = list(client.responses.create(model="stub", max_output_tokens=3, input="Where?", stream=True))
print("openai responses stream", events[0].type, events[-1].type, events[-1].response.usage.output_tokens)
print("openai embeddings", len(client.embeddings.create(model="stub", input="x", encoding_format="float").data[0].embedding))
print("openai models", [model.id for model in client.models.list()])

begun = time.monotonic()
first = None
for piece in client.chat.completions.create(model="stub-paced", max_tokens=50, messages=talk, stream=True):
    if first is None and piece.choices and piece.choices[0].delta.content:
        first = time.monotonic() - begun
took = time.monotonic() - begun
print("openai pieces come as they are made", first < took / 2)

client = anthropic.Anthropic(base_url=base, api_key="key-old", timeout=30, max_retries=0)
whole = client.messages.create(model="stub", max_tokens=3, messages=talk)
print("anthropic messages", whole.content[0].text, whole.usage.output_tokens)
with client.messages.stream(model="stub", max_tokens=3, messages=talk) as stream:
    text = "".join(stream.text_stream)
    print("anthropic messages stream", text.strip(), stream.get_final_message().usage.output_tokens)
print("anthropic count", client.messages.count_tokens(model="stub", messages=talk).input_tokens > 0)
print("anthropic models", [model.id for model in client.models.list()])
