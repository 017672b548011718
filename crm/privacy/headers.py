"""What every answer forbids browsers beside what Django's and the content policy's headers do."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

FORBIDDEN = (
    "accelerometer autoplay browsing-topics camera display-capture geolocation gyroscope magnetometer microphone midi "
    "payment screen-wake-lock usb xr-spatial-tracking"
).split()
OURS = ("fullscreen", "publickey-credentials-create", "publickey-credentials-get")
POLICY = ", ".join([f"{name}=()" for name in FORBIDDEN] + [f"{name}=(self)" for name in OURS])


class HeadersMiddleware:
    """No page of ours asks for a camera, and none of anybody else's takes what we answer for its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = self.get_response(request)
        answer.headers.setdefault("Permissions-Policy", POLICY)
        answer.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return answer
