from __future__ import annotations

import pytest

from yett.core.certificate import Certificate


def test_a_certificate_does_not_change():
    certificate = Certificate(thumbprint="A", issuer=b"", serial="1", expires=9.0)
    with pytest.raises(AttributeError):
        certificate.thumbprint = "B"
