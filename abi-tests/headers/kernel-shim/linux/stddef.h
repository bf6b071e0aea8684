/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Stands in for the kernel's header of this name in the header matrix: NULL and
 * offsetof, which pkvm/env.h may rely on there.
 */
#ifndef PKVM_SHIM_LINUX_STDDEF_H
#define PKVM_SHIM_LINUX_STDDEF_H

#define NULL ((void *)0)
#define offsetof(TYPE, MEMBER) __builtin_offsetof(TYPE, MEMBER)

#endif
