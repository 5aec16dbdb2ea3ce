"""What must not stand in a log: the secret in the address of a calendar or of a mailed link (A20, A30)."""

import logging
import re

SECRET_ADDRESS = re.compile(r"(/calendar/|/address/|/first-director/|/password/reset/key/)[^/\s\"']+?(\.ics|/)")
MASKED = r"\1****\2"


class SecretsMasked(logging.Filter):
    """Masks secret addresses in a record's text, whichever logger wrote it. It drops nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        masked = SECRET_ADDRESS.sub(MASKED, text)
        if masked != text:
            record.msg, record.args = masked, ()
        return True
