#!/usr/bin/env python3
"""Writes the golden files: what PyTorch computes, for the C tests beside this script to compare with.

    /usr/bin/python3 tests/golden/make_golden.py        (needs python3-torch; the tests do not)

A golden file is a list of named matrices, little-endian:
    "s2sgold1"  u32 count  count x { u8 length, name, u32 rows, u32 cols, rows x cols f32 }
Everything is computed in double from inputs that are exact in f32, and rounded to f32 once, at the end.
Gradients are named "d" + name; letters and layouts are those of src/ops/ops.h.
"""
import pathlib
import struct

import torch
import torch.nn.functional as F

from reference import (ATTENTIONS, CELLS, MEMORY, attention_context, attention_shapes, attention_weights, cell_shapes,
                       network_loss, network_shapes, ragged_run, torch_run)

HERE = pathlib.Path(__file__).resolve().parent

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def exact(x):
    """The nearest numbers that f32 holds."""
    return x.to(torch.float32).to(torch.float64)


def real(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


class Golden:
    def __init__(self, name, seed):
        self.path = HERE / f"{name}.golden"
        self.arrays = {}
        self.rng = torch.Generator().manual_seed(seed)

    def put(self, name, value):
        value = torch.as_tensor(value, dtype=torch.float64).detach().clone()
        assert name not in self.arrays and len(name) < 64 and value.dim() <= 2, name
        assert torch.isfinite(value).all(), name
        self.arrays[name] = value.reshape(1, -1) if value.dim() < 2 else value

    def random(self, name, *shape, size=0.7):
        """A stored random input, uniform in [-size, size]; wants a gradient."""
        value = exact((torch.rand(*shape, generator=self.rng) * 2 - 1) * size)
        self.put(name, value)
        return value.requires_grad_()

    def ids(self, name, n, first, end):
        value = torch.randint(first, end, (n,), generator=self.rng)
        self.put(name, value)
        return value

    def gradients(self, loss, prefix, inputs):
        for name, grad in zip(inputs, torch.autograd.grad(loss, list(inputs.values()))):
            self.put(f"{prefix}d{name}", grad)

    def write(self):
        out = [b"s2sgold1", struct.pack("<I", len(self.arrays))]
        for name, value in self.arrays.items():
            rows, cols = value.shape
            out.append(struct.pack("<B", len(name)) + name.encode() + struct.pack("<II", rows, cols))
            out.append(struct.pack(f"<{rows * cols}f", *value.flatten().tolist()))
        self.path.write_bytes(b"".join(out))
        print(f"{self.path.name}: {self.path.stat().st_size} bytes")


# ---- single operations ----


def make_linear():
    g = Golden("linear", 1)
    x, w, b = g.random("x", 5, 7), g.random("w", 3, 7), g.random("b", 1, 3)
    y0, dy = g.random("y0", 5, 3), g.random("dy", 5, 3).detach()
    y = F.linear(x, w, b[0])
    g.put("y", y)
    g.gradients((y * dy).sum(), "", {"x": x, "w": w, "b": b})
    g.put("y_add", y0 + F.linear(x, w))
    g.write()


def make_embed():
    g = Golden("embed", 2)
    table, ids, dy = g.random("table", 6, 5), g.ids("ids", 7, 0, 6), g.random("dy", 7, 5).detach()
    y = F.embedding(ids, table)
    g.put("y", y)
    g.gradients((y * dy).sum(), "", {"table": table})
    g.write()


def make_tanh():
    g = Golden("tanh", 3)
    x, dy = g.random("x", 4, 9, size=4.0), g.random("dy", 4, 9).detach()
    y = torch.tanh(x)
    g.put("y", y)
    g.gradients((y * dy).sum(), "", {"x": x})
    g.write()


def make_loss():
    g = Golden("loss", 4)
    x, w, b = g.random("x", 6, 5, size=1.0), g.random("w", 11, 5, size=1.0), g.random("b", 1, 11)
    targets = g.ids("targets", 6, 0, 11)
    for name, smoothing, r_drop in [("plain.", 0.0, 0.0), ("smooth.", real(0.1), 0.0), ("r_drop.", real(0.1), 3.0)]:
        logits = F.linear(x, w, b[0])
        objective = F.cross_entropy(logits, targets, reduction="sum", label_smoothing=smoothing)
        p, q = F.log_softmax(logits[0::2], 1), F.log_softmax(logits[1::2], 1)
        for a, c in [(p, q), (q, p)]:
            objective = objective + r_drop / 2 * F.kl_div(c, a, reduction="sum", log_target=True)
        g.put(name + "smoothing", smoothing)
        g.put(name + "r_drop", r_drop)
        g.put(name + "objective", objective)
        g.gradients(objective, name, {"x": x, "w": w, "b": b})
    nll = F.cross_entropy(logits, targets, reduction="none")
    g.put("row_nll", nll)
    g.put("nll", nll.sum())
    g.put("correct", (logits.argmax(1) == targets).sum())
    g.put("log_probs", F.log_softmax(logits, 1))
    g.write()


# ---- cells ----


def make_cell(kind, layer_norm=False):
    g = Golden(f"rnn_{kind}_norm" if layer_norm else f"rnn_{kind}", (40 if layer_norm else 10) + CELLS.index(kind))
    lengths, inputs, hidden = [5, 3, 3, 1], 3, 4
    n, rows = len(lengths), sum(lengths)
    g.put("len", lengths)
    p = {name: g.random("cell." + name, *shape) for name, shape in cell_shapes(kind, inputs, hidden, layer_norm).items()}
    leaves = {"x": g.random("x", rows, inputs, size=1.0), "h0": g.random("h0", n, hidden)}
    leaves.update({"cell." + name: value for name, value in p.items()})
    if kind in MEMORY:
        leaves["c0"] = g.random("c0", n, hidden)
    mask = torch.tensor([1.25, 0.0, 1.25, 1.25] * n).reshape(n, hidden)
    mask[1:3] = mask[1:3].flip(1)
    g.put("mask", mask)
    dh, dc = g.random("dh", rows, hidden).detach(), g.random("dc_last", n, hidden).detach()
    for name, reverse, masked in [("fwd.", False, None), ("rev.", True, None), ("fwd.masked.", False, mask),
                                  ("rev.masked.", True, mask)]:
        args = (kind, p, leaves["x"], lengths, leaves["h0"], leaves.get("c0"), reverse)
        h, last_h, last_c = ragged_run(*args, masked)
        if masked is None and kind != "lstm-article" and not layer_norm:
            by_hand, (h, last_h, last_c) = h, torch_run(*args)
            assert torch.allclose(by_hand, h, rtol=1e-13, atol=1e-13), kind
        loss = (h * dh).sum()
        g.put(name + "h", h)
        if last_c is not None:
            g.put(name + "c_last", last_c)
            loss = loss + (last_c * dc).sum()
        g.gradients(loss, name, leaves)
    g.write()


# ---- attention ----


def make_attention():
    g = Golden("attention", 20)
    lengths, sentence, h, heads, positions = [5, 1, 3], [2, 0, 0, 1], 6, 3, 7
    offset = [sum(lengths[:b]) for b in range(len(lengths) + 1)]
    g.put("offset", offset)
    g.put("sentence", sentence)
    g.put("heads", heads)
    memory, s = g.random("memory", offset[-1], h, size=1.0), g.random("s", len(sentence), h, size=1.0)
    c_prev, dcontext = g.random("c_prev", len(sentence), h), g.random("dcontext", len(sentence), h).detach()
    for kind in ATTENTIONS[1:]:
        p = {name: g.random(f"{kind}.{name}", *shape) for name, shape in attention_shapes(kind, h, positions).items()
             if name != "w_o"}  # the network's, after the attention
        context, weights = [], []
        for r, b in enumerate(sentence):
            m = memory[offset[b]: offset[b + 1]]
            if kind == "location":
                scores = p["w_s"] @ s[r] + p["w_c"] @ c_prev[r] + p["b"][0]
                w = torch.softmax(scores[: len(m)], 0)
            else:
                w = attention_weights(kind, p, s[r], m, heads)
            context.append(attention_context(kind, p, w, m, heads))
            weights.append(F.pad(w, (0, max(lengths) - len(m))).reshape(-1))
        context = torch.stack(context)
        g.put(f"{kind}.context", context)
        g.put(f"{kind}.weights", torch.stack(weights))
        leaves = {"memory": memory, "s": s, **p}
        if kind == "location":
            leaves["c_prev"] = c_prev
        g.gradients((context * dcontext).sum(), f"{kind}.grad.", leaves)
    g.write()


# ---- optimisers ----


def make_optimisers():
    g = Golden("optimisers", 30)
    w0 = g.random("w0", 3, 7)
    grads = [g.random(f"g{k}", 3, 7) for k in range(3)]
    opt = {name: real(value) for name, value in [("learn_rate", 0.03), ("momentum", 0.9), ("beta1", 0.8),
                                                  ("beta2", 0.95), ("epsilon", 1e-4), ("weight_decay", 0.125)]}
    for name, value in opt.items():
        g.put("opt." + name, value)
    lr, decay, eps, m = opt["learn_rate"], {"weight_decay": opt["weight_decay"]}, opt["epsilon"], opt["momentum"]
    betas = (opt["beta1"], opt["beta2"])
    makers = {"sgd": lambda w: torch.optim.SGD(w, lr, **decay),
              "momentum": lambda w: torch.optim.SGD(w, lr, momentum=m, **decay),
              "nesterov": lambda w: torch.optim.SGD(w, lr, momentum=m, nesterov=True, **decay),
              "adagrad": lambda w: torch.optim.Adagrad(w, lr, eps=eps, **decay),
              "rmsprop": lambda w: torch.optim.RMSprop(w, lr, alpha=opt["beta2"], eps=eps, **decay),
              "adam": lambda w: torch.optim.Adam(w, lr, betas, eps, **decay),
              "adamw": lambda w: torch.optim.AdamW(w, lr, betas, eps, **decay)}
    for name, maker in makers.items():
        w = w0.detach().clone().requires_grad_()
        optimiser = maker([w])
        for grad in grads:
            w.grad = grad.detach().clone()
            optimiser.step()
        g.put(name + ".w3", w)
    g.write()


# ---- whole networks ----


def make_network(number, name, smoothing=0.0, adam=False, size=0.9, src_vocab=9, tgt_vocab=11, **options):
    o = {"dim_emb": 6, "dim_hidden": 8, "enc_cell": 0, "dec_cell": 0, "enc_depth": 1, "dec_depth": 1,
         "bidirectional": 0, "residual": 0, "bridge": 0, "attention": 0, "heads": 1, "max_source": 7,
         "input_feeding": 0, "tied_embeddings": 0, **options}
    g = Golden(f"network_{name}", 100 + number)
    for key, value in o.items():
        g.put("opt." + key, value)
    g.put("vocabs", [src_vocab, tgt_vocab])
    g.put("smoothing", real(smoothing))
    src_len, tgt_len = [3, 5, 1, 4], [2, 4, 3, 0]
    g.put("src.len", src_len)
    g.put("tgt.len", tgt_len)
    src = g.ids("src.ids", sum(src_len), 3, src_vocab).split(src_len)
    tgt = [t.tolist() for t in g.ids("tgt.ids", sum(tgt_len), 3, tgt_vocab).split(tgt_len)]
    shapes = network_shapes(o, src_vocab, tgt_vocab)
    p = {key: g.random(key, *shape, size=size) for key, shape in shapes.items()}
    pairs = list(zip(src, tgt))
    loss = network_loss(o, p, pairs, real(smoothing))
    g.put("loss", loss)
    g.gradients(loss, "grad.", p)
    if adam:
        lr, eps = real(0.01), real(1e-2)
        g.put("adam", [lr, real(0.9), real(0.98), eps])
        optimiser = torch.optim.Adam(list(p.values()), lr, (real(0.9), real(0.98)), eps)
        for _ in range(3):
            optimiser.zero_grad()
            network_loss(o, p, pairs, real(smoothing)).backward()
            optimiser.step()
        for key in shapes:
            g.put("w3." + key, p[key])
    g.write()


def make_networks():
    rnn, gru, lstm, article = range(4)
    none, additive, dot, general, concat, multihead, location = range(7)
    copy, projection, zero = range(3)
    cases = [
        ("lstm_general", dict(enc_cell=lstm, dec_cell=lstm, bidirectional=1, attention=general, input_feeding=1,
                              smoothing=0.1, adam=True)),
        ("gru_additive", dict(enc_cell=gru, dec_cell=gru, bidirectional=1, attention=additive, bridge=projection,
                              smoothing=0.1, adam=True)),
        ("rnn_dot", dict(attention=dot, bridge=zero, input_feeding=1, adam=True)),
        ("article_location", dict(enc_cell=article, dec_cell=article, attention=location, adam=True)),
        ("article_additive", dict(enc_cell=article, dec_cell=article, bidirectional=1, attention=additive,
                                  input_feeding=1, dec_depth=2, bridge=projection, smoothing=0.1,
                                  size=1.5)),
        ("lstm_multihead_deep", dict(enc_cell=lstm, dec_cell=lstm, enc_depth=2, dec_depth=2, bidirectional=1,
                                     residual=1, attention=multihead, heads=2, input_feeding=1, size=1.2)),
        ("gru_concat_tied", dict(enc_cell=gru, dec_cell=gru, attention=concat, tied_embeddings=1)),
        ("lstm_gru_none", dict(enc_cell=lstm, dec_cell=gru, bidirectional=1, attention=none)),
        ("gru_lstm_dot_tied", dict(dim_emb=8, enc_cell=gru, dec_cell=lstm, bidirectional=1, bridge=projection,
                                   attention=dot, tied_embeddings=1)),
        ("rnn_lstm_none", dict(enc_cell=rnn, dec_cell=lstm, attention=none)),
        ("rnn_location_deep", dict(enc_depth=2, dec_depth=3, residual=1, attention=location, input_feeding=1)),
        ("lstm_norm", dict(enc_cell=lstm, dec_cell=lstm, bidirectional=1, attention=general, input_feeding=1,
                           layer_norm=1, smoothing=0.1, adam=True)),
        ("gru_norm", dict(enc_cell=gru, dec_cell=gru, bidirectional=1, attention=additive, bridge=projection,
                          layer_norm=1, smoothing=0.1, adam=True)),
    ]
    for number, (name, options) in enumerate(cases):
        make_network(number, name, **options)


if __name__ == "__main__":
    make_linear()
    make_embed()
    make_tanh()
    make_loss()
    for cell in CELLS:
        make_cell(cell)
    for cell in ["rnn", "gru", "lstm"]:
        make_cell(cell, layer_norm=True)
    make_attention()
    make_optimisers()
    make_networks()
