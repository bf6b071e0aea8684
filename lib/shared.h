/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Copies out of and into memory that the host can write at any moment. A value
 * is read once, into private memory, before anyone judges it; what was
 * published is never read back.
 */
#ifndef PKVM_LIB_SHARED_H
#define PKVM_LIB_SHARED_H

#include <pkvm/shared_page.h>
#include "platform.h"

/* Whole 64-bit words, each read or written once; offset is in bytes. */
void pkvm_shared_read(struct pkvm_shared *from, size_t offset, void *to, size_t size);
void pkvm_shared_write(struct pkvm_shared *to, size_t offset, const void *from, size_t size);
void pkvm_shared_zero(struct pkvm_shared *to, size_t offset, size_t size);

uint64_t pkvm_shared_get(struct pkvm_shared *from, size_t offset);
void pkvm_shared_put(struct pkvm_shared *to, size_t offset, uint64_t value);
/* Takes a word and leaves zero, in one atomic step. */
uint64_t pkvm_shared_take(struct pkvm_shared *from, size_t offset);

/* The offset of a field of the shared page: PKVM_PAGE_AT(reply.valid). */
#define PKVM_PAGE_AT(FIELD) offsetof(struct pkvm_shared_page, FIELD)

#endif
