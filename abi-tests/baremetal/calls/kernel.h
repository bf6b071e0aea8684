/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A pVM in 64-bit mode, with page tables, an IDT and a stack of its own. It runs
 * guest operations as scenarios have them, executed by the processor.
 *
 *   0x1000 PML4   0x2000 PDPT   0x3000 page directory (2 MiB at 0)   0x4000 GDT
 *   0x5000 IDT    0x6000 handlers, 16 bytes each: the vector to port 0x20, HLT, IRET
 *   0x8000 program                            0x10000 top of the stack
 */
#ifndef PKVM_BAREMETAL_KERNEL_H
#define PKVM_BAREMETAL_KERNEL_H

#include "../../../guest/assemble.h"
#include "vm.h"

#define RAX 0
#define RCX 1
#define RDX 2
#define RBX 3
#define R12 12

struct kernel {
	struct vm vm;
	uint8_t *memory;                /* 64 KiB, the host's until kernel_ready() */
	struct pkvm_asm code;
	struct pkvm_run_exit exit;      /* of the last run                       */
};

/*
 * Makes it, without a program, of one vCPU or of two (vm_make_pair()); appends an
 * operation: OP(&k, "name", operands...).
 */
void kernel_begin(struct kernel *k);
void kernel_begin_pair(struct kernel *k, struct vm *second);
void kernel_op(struct kernel *k, const char *name, const uint64_t *operands, unsigned int n);
#define OP(...) OP_(__VA_ARGS__, 0)
#define OP_(K, NAME, ...)                                 \
	kernel_op(K, NAME, (const uint64_t[]){__VA_ARGS__}, \
		  sizeof((const uint64_t[]){__VA_ARGS__}) / 8 - 1)

/* Where a test puts a handler of its own, and for which vector it is. */
#define KERNEL_HANDLER 0x7000u
void kernel_handle(struct kernel *k, uint64_t vector, uint64_t at);

/* Gives it its memory and puts its vCPU at the program. */
void kernel_ready(struct kernel *k);

/* Runs until an exit, which must be of the kind; or until such an OUT. */
void kernel_run(struct kernel *k, uint64_t kind);
void kernel_run_out(struct kernel *k, uint64_t port, uint64_t value);

#endif
