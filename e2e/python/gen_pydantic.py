"""Has pydantic read every valid value of every example as the type that was made of its JSON Schema."""

import json
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import client  # noqa: E402

bus = client.Client("http://127.0.0.1:1", validate=True)
wrong = []
count = 0
for path in sorted(Path(sys.argv[2]).glob("*.json")):
    words = path.stem.split("_")
    name = "Example" + "".join(word[:1].upper() + word[1:] for word in words) + "Request"
    for value in json.loads(path.read_text(encoding="utf-8"))["valid"]:
        count += 1
        try:
            if bus.check(getattr(client, name), value) is not value:
                wrong.append(f"{path.stem}: makes something else of {value!r}")
        except Exception as error:  # whatever it is, it is told
            wrong.append(f"{path.stem}: refuses {value!r}: {error}")
if wrong:
    print("\n".join(wrong))
    sys.exit(1)
print(count)
