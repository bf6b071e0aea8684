/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * An assembly consumer of the ABI: the rows' numbers are absolute symbols here,
 * and a wrong one stops the assembler.
 */
#include <pkvm/hypercall.h>
#include <pkvm/error.h>
#include <pkvm/feature.h>

	.macro	must_be symbol, number
	.if	\symbol != \number
	.error	"\symbol has another number"
	.endif
	.endm

	must_be	PKVM_HC_abi_query, 0x0000
	must_be	PKVM_HC_init, 0x0001
	must_be	PKVM_HC_vm_init, 0x0200
	must_be	PKVM_HC_RETIRED_access_descriptor_table, 0x0403
	must_be	PKVM_GC_abi_query, 0x10000
	must_be	PKVM_GC_start_cpu, 0x10005
	must_be	PKVM_EPERM, 1
	must_be	PKVM_EINVAL, 22
	must_be	PKVM_ENOSYS, 38
	must_be	PKVM_FEAT_base, 0x1
	must_be	PKVM_FEAT_posting, 0x20
	must_be	PKVM_CAP_apicv, 0x1

	.text
	.globl	pkvm_call_abi_query
pkvm_call_abi_query:
	movl	$PKVM_HC_abi_query, %eax
	vmcall
	ret

	.section .note.GNU-stack, "", @progbits
