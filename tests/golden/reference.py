"""The networks by hand, one sentence at a time, as plainly as PyTorch allows.

Names and shapes of the parameters are those of the network in src/model; p is a dict of them.
"""
import math

import torch
import torch.nn.functional as F

GATES = {"rnn": 1, "gru": 3, "lstm": 4, "lstm-article": 3}
MEMORY = {"lstm", "lstm-article"}
CELLS = ["rnn", "gru", "lstm", "lstm-article"]  # order of S2S_CELL_LIST
ATTENTIONS = ["none", "additive", "dot", "general", "concat", "multihead", "location"]
BRIDGES = ["copy", "projection", "zero"]


# ---- cells ----


def cell_shapes(kind, inputs, hidden, layer_norm=False):
    n = GATES[kind] * hidden
    shapes = {"w_ih": (n, inputs), "w_hh": (n, hidden)}
    shapes.update({"gain": (1, n), "shift": (1, n)} if layer_norm else {"b": (1, n)})
    if layer_norm and kind == "lstm":
        shapes.update(gain_c=(1, hidden), shift_c=(1, hidden))
    if kind == "gru":
        shapes["b_hn"] = (1, hidden)
    if kind == "lstm-article":
        shapes.update(w_oc=(hidden, hidden), b_oc=(1, hidden))
    return shapes


def norm_cell_step(kind, p, x, h, c, masked):
    """cell_step with layer normalisation; every gate is normalised by itself."""
    n = p["w_hh"].shape[1]

    def norm(a, gate):
        at = slice(gate * n, (gate + 1) * n)
        return F.layer_norm(a, (n,), p["gain"][0, at], p["shift"][0, at], 1e-5)

    xs, us = F.linear(x, p["w_ih"]).split(n, -1), F.linear(masked, p["w_hh"]).split(n, -1)
    if kind == "gru":
        r, z = (torch.sigmoid(norm(xs[k] + us[k], k)) for k in range(2))
        cand = torch.tanh(norm(xs[2] + r * (us[2] + p["b_hn"][0]), 2))
        return (1 - z) * cand + z * h, None
    gates = [norm(a + b, k) for k, (a, b) in enumerate(zip(xs, us))]
    if kind == "rnn":
        return torch.tanh(gates[0]), None
    i, f, cand, o = gates
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(cand)
    return torch.sigmoid(o) * torch.tanh(F.layer_norm(c, (n,), p["gain_c"][0], p["shift_c"][0], 1e-5)), c


def cell_step(kind, p, x, h, c, mask=None):
    """One step of one or more rows: the equations of docs/math.md."""
    masked = h if mask is None else h * mask
    if "gain" in p:
        return norm_cell_step(kind, p, x, h, c, masked)
    gates = F.linear(x, p["w_ih"], p["b"][0])
    n = p["w_hh"].shape[1]
    if kind == "rnn":
        return torch.tanh(gates + F.linear(masked, p["w_hh"])), None
    if kind == "gru":
        ur, uz, un = F.linear(masked, p["w_hh"]).split(n, -1)
        xr, xz, xn = gates.split(n, -1)
        r, z = torch.sigmoid(xr + ur), torch.sigmoid(xz + uz)
        cand = torch.tanh(xn + r * (un + p["b_hn"][0]))
        return (1 - z) * cand + z * h, None
    if kind == "lstm":
        i, f, cand, o = (gates + F.linear(masked, p["w_hh"])).split(n, -1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(cand)
        return torch.sigmoid(o) * torch.tanh(c), c
    w_f, w_o, w_c = p["w_hh"].split(n, 0)
    xf, xo, xc = gates.split(n, -1)
    f, o = torch.sigmoid(xf + F.linear(masked, w_f)), torch.sigmoid(xo + F.linear(masked, w_o))
    cand = torch.tanh(xc + F.linear(f * c, w_c))
    c = torch.sigmoid(F.linear(o * cand, p["w_oc"], p["b_oc"][0]))
    return torch.tanh(c), c


def cell_run(kind, p, xs, h, c, reverse=False, mask=None):
    """One sequence, xs [T, I]; outputs [T, H], last h, last c."""
    out = [None] * len(xs)
    for t in reversed(range(len(xs))) if reverse else range(len(xs)):
        h, c = cell_step(kind, p, xs[t], h, c, mask)
        out[t] = h
    return torch.stack(out), h, c


def ragged_run(kind, p, x, lengths, h0, c0, reverse, mask):
    """A ragged batch by hand, sequence by sequence; rows in time-major order."""
    first = [0]
    for t in range(lengths[0]):
        first.append(first[-1] + sum(n > t for n in lengths))
    h, last_h, last_c = [None] * first[-1], [], []
    for b, n in enumerate(lengths):
        rows = [first[t] + b for t in range(n)]
        c = None if c0 is None else c0[b]
        out, hb, cb = cell_run(kind, p, x[rows], h0[b], c, reverse, None if mask is None else mask[b])
        for row, value in zip(rows, out):
            h[row] = value
        last_h.append(hb)
        last_c.append(cb)
    return torch.stack(h), torch.stack(last_h), torch.stack(last_c) if c0 is not None else None


def torch_run(kind, p, x, lengths, h0, c0, reverse):
    """The same by PyTorch's own layers, on a packed batch, with weights that carry gradients back to p."""
    n, inputs = p["w_hh"].shape[1], p["w_ih"].shape[1]
    layer = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[kind](inputs, n, bidirectional=True)
    b_hh = torch.zeros(p["b"].shape[1])
    if kind == "gru":
        b_hh = torch.cat([b_hh[: 2 * n], p["b_hn"][0]])
    layer._flat_weights = [p["w_ih"], p["w_hh"], p["b"][0], b_hh] * 2
    alive = torch.tensor([sum(m > t for m in lengths) for t in range(lengths[0])])
    packed = torch.nn.utils.rnn.PackedSequence(x, alive)
    start = torch.stack([h0, h0]) if c0 is None else (torch.stack([h0, h0]), torch.stack([c0, c0]))
    out, last = layer(packed, start)
    last_h, last_c = (last, None) if c0 is None else last
    side = 1 if reverse else 0
    return out.data[:, side * n: (side + 1) * n], last_h[side], None if last_c is None else last_c[side]


# ---- attention ----


def attention_weights(kind, p, s, memory, heads):
    """Weights [S] (or [heads, S]) of one query s [H] over one sentence's memory [S, H]."""
    if kind == "dot":
        return torch.softmax(memory @ s, 0)
    if kind == "general":
        return torch.softmax(torch.stack([s @ (p["w_k"] @ m) for m in memory]), 0)
    if kind == "additive":
        score = [p["v"][0] @ torch.tanh(p["w_q"] @ s + p["b_q"][0] + p["w_k"] @ m) for m in memory]
        return torch.softmax(torch.stack(score), 0)
    if kind == "concat":
        w = torch.cat([p["w_q"], p["w_k"]], 1)
        return torch.softmax(torch.stack([p["v"][0] @ torch.tanh(w @ torch.cat([s, m])) for m in memory]), 0)
    assert kind == "multihead"
    q, k = p["w_q"] @ s, memory @ p["w_k"].T
    scale = 1 / math.sqrt(len(q) // heads)
    score = [scale * (kh @ qh) for qh, kh in zip(q.chunk(heads), k.chunk(heads, 1))]
    return torch.softmax(torch.stack(score), 1)


def attention_context(kind, p, weights, memory, heads):
    if kind != "multihead":
        return weights @ memory
    values = (memory @ p["w_v"].T).chunk(heads, 1)
    return torch.cat([w @ v for w, v in zip(weights, values)])


def attention_shapes(kind, h, positions):
    return {"none": {}, "dot": {}, "general": {"w_k": (h, h)},
            "additive": {"w_q": (h, h), "b_q": (1, h), "w_k": (h, h), "v": (1, h)},
            "concat": {"w_q": (h, h), "w_k": (h, h), "v": (1, h)},
            "multihead": {"w_q": (h, h), "w_k": (h, h), "w_v": (h, h), "w_o": (h, h)},
            "location": {"w_s": (positions, h), "w_c": (positions, h), "b": (1, positions)}}[kind]


# ---- whole networks ----


def network_shapes(o, src_vocab, tgt_vocab):
    e, h, shapes = o["dim_emb"], o["dim_hidden"], {}
    enc, dec = CELLS[o["enc_cell"]], CELLS[o["dec_cell"]]
    shapes["src.embedding"], shapes["tgt.embedding"] = (src_vocab, e), (tgt_vocab, e)

    def cell(prefix, kind, inputs, hidden):
        shapes.update({f"{prefix}.{k}": v for k, v in cell_shapes(kind, inputs, hidden, o.get("layer_norm")).items()})

    for l in range(o["enc_depth"]):
        for side in ["fwd", "bwd"] if o["bidirectional"] else ["fwd"]:
            cell(f"enc.{l}.{side}", enc, h if l else e, h // 2 if o["bidirectional"] else h)
    for l in range(o["dec_depth"]):
        cell(f"dec.{l}", dec, h if l else e, h)
        if BRIDGES[o["bridge"]] == "projection":
            for state in ["h", "c"] if dec in MEMORY else ["h"]:
                shapes.update({f"bridge.{l}.{state}.w": (h, h), f"bridge.{l}.{state}.b": (1, h)})
    kind = ATTENTIONS[o["attention"]]
    if o["input_feeding"]:
        shapes["dec.feed"] = (GATES[dec] * h, h)
    shapes.update({f"att.{k}": v for k, v in attention_shapes(kind, h, o["max_source"]).items()})
    if kind != "none":
        shapes["att.combine"] = (h, 2 * h)
    if not o["tied_embeddings"]:
        shapes["out.w"] = (tgt_vocab, h)
    elif e != h:
        shapes["out.proj"] = (e, h)
    shapes["out.b"] = (1, tgt_vocab)
    return shapes


def sub(p, prefix):
    return {k[len(prefix):]: v for k, v in p.items() if k.startswith(prefix)}


def encode(o, p, ids):
    """Outputs of the top layer [S, H], and (h, c) of every layer at the end of the sentence."""
    kind, x, last = CELLS[o["enc_cell"]], p["src.embedding"][ids], []
    n = o["dim_hidden"] // 2 if o["bidirectional"] else o["dim_hidden"]
    zero = torch.zeros(n)
    c0 = zero if kind in MEMORY else None
    for l in range(o["enc_depth"]):
        sides = [cell_run(kind, sub(p, f"enc.{l}.fwd."), x, zero, c0)]
        if o["bidirectional"]:
            sides.append(cell_run(kind, sub(p, f"enc.{l}.bwd."), x, zero, c0, reverse=True))
        y = torch.cat([side[0] for side in sides], 1)
        c = None if c0 is None else torch.cat([side[2] for side in sides])
        last.append((torch.cat([side[1] for side in sides]), c))
        x = y + x if o["residual"] and l > 0 else y
    return x, last


def bridge(o, p, last):
    """(h, c) that each decoder layer starts from."""
    start, zero, memory = [], torch.zeros(o["dim_hidden"]), CELLS[o["dec_cell"]] in MEMORY
    for l in range(o["dec_depth"]):
        how, top = BRIDGES[o["bridge"]], last[-1][0]
        h, c = zero, zero
        if how == "copy":
            h, c = last[min(l, o["enc_depth"] - 1)]
            c = zero if c is None else c
        elif how == "projection":
            h = torch.tanh(F.linear(top, p[f"bridge.{l}.h.w"], p[f"bridge.{l}.h.b"][0]))
            if memory:
                c = torch.tanh(F.linear(top, p[f"bridge.{l}.c.w"], p[f"bridge.{l}.c.b"][0]))
        start.append((h, c if memory else None))
    return start


def attend(o, p, s, s_prev, c_prev, memory):
    kind, att = ATTENTIONS[o["attention"]], sub(p, "att.")
    if kind == "location":
        scores = att["w_s"] @ s_prev + att["w_c"] @ c_prev + att["b"][0]
        weights = torch.softmax(scores[: len(memory)], 0)
    else:
        weights = attention_weights(kind, att, s, memory, o["heads"])
    context = attention_context(kind, att, weights, memory, o["heads"])
    return att["w_o"] @ context if kind == "multihead" else context


def decode(o, p, memory, state, ids):
    """Logits [T, V] for the decoder's inputs ids [T]."""
    kind, h = CELLS[o["dec_cell"]], o["dim_hidden"]
    layers = [sub(p, f"dec.{l}.") for l in range(o["dec_depth"])]
    if o["input_feeding"]:
        layers[0]["w_ih"] = torch.cat([layers[0]["w_ih"], p["dec.feed"]], 1)
    a, context, logits = torch.zeros(h), torch.zeros(h), []
    for token in ids:
        x = p["tgt.embedding"][token]
        if o["input_feeding"]:
            x = torch.cat([x, a])
        top_prev = state[-1][0]
        for l in range(o["dec_depth"]):
            state[l] = cell_step(kind, layers[l], x, *state[l])
            x = state[l][0] + x if o["residual"] and l > 0 else state[l][0]
        a = x
        if ATTENTIONS[o["attention"]] != "none":
            context = attend(o, p, x, top_prev, context, memory)
            a = torch.tanh(p["att.combine"] @ torch.cat([context, x]))
        y = p["out.proj"] @ a if "out.proj" in p else a
        w = p["tgt.embedding"] if o["tied_embeddings"] else p["out.w"]
        logits.append(F.linear(y, w, p["out.b"][0]))
    return torch.stack(logits)


def network_loss(o, p, pairs, smoothing):
    logits, targets = [], []
    for src, tgt in pairs:
        memory, last = encode(o, p, src)
        logits.append(decode(o, p, memory, bridge(o, p, last), torch.tensor([1, *tgt])))
        targets += [*tgt, 2]
    return F.cross_entropy(torch.cat(logits), torch.tensor(targets), label_smoothing=smoothing)
