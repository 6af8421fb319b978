"""Writes configuration files."""

#: The key that lip itself holds for its providers.
KEY = "sk-lip-own-key-0123456789abcdef"


def backend(name, url, key=KEY, **more):
    """One row of `backends:`."""
    fields = {"id": name, "kind": "openai-legacy", "base_url": f'"{url}/v1"', "api_key": f'"{key}"', **more}
    return "  - { " + ", ".join(f"{key}: {value}" for key, value in fields.items() if value is not None) + " }\n"


def configuration(backends, default_route, server="", rest=""):
    """A configuration file that listens on any free port."""
    rows = "".join(backends)
    return (
        f"server:\n  address: 127.0.0.1:0\n{server}backends:\n{rows}"
        f'routing:\n  default_route: "{default_route}"\n{rest}')
