"""The real client library, set up for a gateway."""

import openai


def sdk(lip, **more):
    """The real client library, as a user would set it up, but without its own retries."""
    settings = {"api_key": "sk-client-key", "base_url": f"{lip.url}/v1", "max_retries": 0, "timeout": 30, **more}
    return openai.OpenAI(**settings)
