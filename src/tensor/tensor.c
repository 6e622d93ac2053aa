#include "tensor/tensor.h"

s2s_tensor s2s_view_rows(const s2s_tensor *x, int first, int n)
{
    s2s_tensor view = *x;
    view.rows = n;
    if (view.data)
        view.data += (ptrdiff_t)first * x->ld;
    if (view.grad)
        view.grad += (ptrdiff_t)first * x->ld;
    return view;
}

s2s_tensor s2s_view_cols(const s2s_tensor *x, int first, int n)
{
    s2s_tensor view = *x;
    view.cols = n;
    if (view.data)
        view.data += first;
    if (view.grad)
        view.grad += first;
    return view;
}
