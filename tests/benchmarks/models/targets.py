"""Models of other authors, and what a user types to check each of them."""

from __future__ import annotations

from dataclasses import dataclass

MAX_LINES = 5  # of the user's own, per model


@dataclass(frozen=True, kw_only=True)
class Model:
    """A model to check: its target, its options, and a user's file if it needs one."""

    name: str
    target: str = "model.py:model"
    options: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()  # of the user's file, ``model.py``


def pretrained(
    name: str, kind: str, *, options: tuple[str, ...] = (), **sizes: object
) -> Model:
    """Return a tiny model of Hugging Face with random weights."""
    config = kind.removesuffix("Model").removesuffix("LMHead") + "Config"
    given = ", ".join(f"{key}={value!r}" for key, value in sizes.items())
    return Model(
        name=name,
        options=options,
        lines=(
            f"from transformers import {config}, {kind}",
            "def model():",
            f"    return {kind}({config}({given}))",
        ),
    )


def with_arguments(name: str, target: str, *options: str, **arguments: object) -> Model:
    """Return a model that needs no file: only arguments of its class."""
    given = [part for n, v in arguments.items() for part in ("--with", f"{n}={v}")]
    return Model(name=name, target=target, options=(*given, *options))


# Sizes that most transformers share.
TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "intermediate_size": 64,
}
TEXT = {**TINY, "vocab_size": 100}
IMAGE = {**TINY, "image_size": 32, "patch_size": 8}
SMALL_IMAGES = ("--inputs", "float32:4x32x32x3")

TRANSFORMERS = [
    pretrained("bert", "BertModel", **TEXT),
    pretrained(
        "gpt2", "GPT2LMHeadModel", vocab_size=100, n_embd=32, n_layer=1, n_head=4
    ),
    pretrained("roberta", "RobertaModel", **TEXT),
    pretrained(
        "distilbert",
        "DistilBertModel",
        vocab_size=100,
        dim=32,
        n_layers=1,
        n_heads=4,
        hidden_dim=64,
    ),
    pretrained(
        "t5",
        "T5Model",
        vocab_size=100,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=1,
        num_heads=4,
    ),
    pretrained("llama", "LlamaModel", **TEXT),
    pretrained("mistral", "MistralModel", num_key_value_heads=2, **TEXT),
    pretrained("vit", "ViTModel", **IMAGE),
    pretrained(
        "whisper",
        "WhisperModel",
        vocab_size=100,
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        num_mel_bins=16,
        max_source_positions=32,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    ),
    pretrained("electra", "ElectraModel", embedding_size=32, **TEXT),
    pretrained("albert", "AlbertModel", embedding_size=16, **TEXT),
    pretrained(
        "resnet",
        "ResNetModel",
        embedding_size=8,
        hidden_sizes=[8, 16],
        depths=[1, 1],
    ),
    pretrained(
        "convnext",
        "ConvNextModel",
        hidden_sizes=[8, 16],
        depths=[1, 1],
        num_stages=2,
        image_size=32,
    ),
    pretrained(
        "swin",
        "SwinModel",
        image_size=32,
        patch_size=4,
        embed_dim=16,
        depths=[1, 1],
        num_heads=[2, 4],
        window_size=4,
    ),
]

TORCH = [
    with_arguments(
        "lstm", "torch.nn:LSTM", input_size=8, hidden_size=16, batch_first=True
    ),
    with_arguments(
        "gru", "torch.nn:GRU", input_size=8, hidden_size=16, batch_first=True
    ),
    with_arguments(
        "rnn", "torch.nn:RNN", input_size=8, hidden_size=16, batch_first=True
    ),
    with_arguments(
        "encoder-layer",
        "torch.nn:TransformerEncoderLayer",
        d_model=32,
        nhead=4,
        dim_feedforward=64,
        batch_first=True,
    ),
    with_arguments(
        "attention",
        "torch.nn:MultiheadAttention",
        *("--inputs", "float32:8x16x32") * 3,
        embed_dim=32,
        num_heads=4,
        batch_first=True,
    ),
    with_arguments(
        "decoder-layer",
        "torch.nn:TransformerDecoderLayer",
        d_model=32,
        nhead=4,
        dim_feedforward=64,
        batch_first=True,
    ),
]


def application(name: str, kind: str, side: int = 32, **arguments: object) -> Model:
    """Return a model of Keras for few classes of small images."""
    shape = f"({side},{side},3)"
    sizes = {"weights": None, "input_shape": shape, "classes": 10, **arguments}
    # XLA compiles some of them for minutes.
    limit = ("--time-limit", "10min")
    return with_arguments(name, f"keras.applications:{kind}", *limit, **sizes)


KERAS = [
    application("mobilenet-v2", "MobileNetV2", alpha=0.35),
    application("mobilenet-v3", "MobileNetV3Small", alpha=0.75),
    application("efficientnet", "EfficientNetB0"),
    application("efficientnet-v2", "EfficientNetV2B0"),
    application("densenet", "DenseNet121"),
    application("resnet50-v2", "ResNet50V2"),
    application("mobilenet", "MobileNet", alpha=0.25),
    application("convnext-tiny", "ConvNeXtTiny"),
    application("vgg16", "VGG16"),
    application("xception", "Xception", side=71),
]

MODELS = [*TRANSFORMERS, *TORCH, *KERAS]
