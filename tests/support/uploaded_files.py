"""Files of models as they are uploaded, and how a test sends them."""

import hashlib
import io
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper


def npz(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **(arrays or {"late": np.ones((12, 5))}))
    return file.getvalue()


def npy(array: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def graph(*, outside: bool = False) -> bytes:
    weight = helper.make_tensor("w", TensorProto.FLOAT, (4, 3, 1, 1), [0.1] * 12)
    if outside:
        weight.ClearField("float_data")
        weight.data_location = TensorProto.EXTERNAL
        entry = weight.external_data.add()
        entry.key, entry.value = "location", "/etc/passwd"
    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ("n", 3, 16, 16))
    out = helper.make_tensor_value_info("out", TensorProto.FLOAT, ("n", 4, 16, 16))
    made = helper.make_graph([helper.make_node("Conv", ["images", "w"], ["out"])], "g", [images], [out], [weight])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    return bytes(onnx.ModelProto.SerializeToString(model))


def announce(api: Any, content: bytes, kind: str, headers: dict[str, str], **changed: Any) -> Any:
    request = {"kind": kind, "sha256": hashlib.sha256(content).hexdigest(), "size": len(content)} | changed
    return api.http.post("/v1/uploads", json=request, headers=headers)


def send(api: Any, content: bytes, kind: str, headers: dict[str, str], **changed: Any) -> Any:
    made = announce(api, content, kind, headers, **changed)
    assert made.status_code == 201, made.text
    offset = {"Upload-Offset": str(made.json()["received"])}
    return api.http.patch(f"/v1/uploads/{made.json()['id']}", content=content, headers=headers | offset)
