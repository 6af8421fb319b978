"""AWS Signature Version 4 from AWS's description alone, to check what the gateway's HTTP library signs.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import re
import urllib.parse

FIELD = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request, ?"
    r"SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})")


def verify(method, target, headers, body, secret):
    """The access key, region, service and signed headers of a request whose signature holds; raises where it does not."""
    access_key, date, region, service, signed, signature = FIELD.fullmatch(headers["authorization"]).groups()
    names = signed.split(";")
    assert names == sorted(names)
    path, _, query = target.partition("?")
    canonical = "\n".join([
        method, urllib.parse.quote(path, safe="/-_.~"), query,
        "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names), signed,
        hashlib.sha256(body).hexdigest()])
    assert headers["x-amz-date"].startswith(date)
    text = "\n".join([
        "AWS4-HMAC-SHA256", headers["x-amz-date"], f"{date}/{region}/{service}/aws4_request",
        hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    expected = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    assert hmac.compare_digest(expected, signature), f"wrong signature of\n{canonical}"
    return access_key, region, service, names
