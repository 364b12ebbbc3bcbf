"""Under which names networks keep the tokens that they join to those of their patches, before them."""

CLASS_TOKENS = ("cls_token", "class_token", "class_embedding", "cls_embedding", "cls_emb", "cls_tokens", "class_tokens")
OTHER_TOKENS = (
    "dist_token",
    "distillation_token",
    "reg_token",
    "reg_tokens",
    "register_token",
    "register_tokens",
    "registers",
    "storage_tokens",
)
