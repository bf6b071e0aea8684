/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the host's code asks of its environment: memory, the CPU it runs on, a
 * clock, a place to say one line. A kernel or a process implements it.
 */
#ifndef PKVM_HOST_PLATFORM_H
#define PKVM_HOST_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

/* Physically contiguous pages: their address, or 0 when there are none. */
uint64_t pkvm_host_plat_alloc(uint64_t pages);

/* False: they are not the caller's to free, and nothing happened. */
bool pkvm_host_plat_free(uint64_t pa, uint64_t pages);

/*
 * Where the host reaches a physical address, and from there to the end of the
 * allocation; NULL when the host does not reach it: no RAM, or donated.
 */
void *pkvm_host_plat_ptr(uint64_t pa);

unsigned int pkvm_host_plat_cpu(void);
uint64_t pkvm_host_plat_tsc(void);

/* Takes the physical interrupts and NMIs that are pending on this CPU. */
void pkvm_host_plat_take_interrupts(void);

/* Prints one line: a text, what it is about, and a number. */
void pkvm_host_plat_log(const char *text, const char *subject, int64_t value);

#endif
