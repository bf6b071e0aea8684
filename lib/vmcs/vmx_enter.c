/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * VM entry and VM exit with the registers that the VMCS does not hold. In one
 * piece of assembler, so that nothing runs between the exit and the last store,
 * and nothing of the guest's is left in a register afterwards.
 */
#include "vmx.h"

/* Offsets that the assembler below spells as numbers. */
#define AT(FIELD, OFFSET)                                                    \
	_Static_assert(offsetof(struct pkvm_guest_regs, FIELD) == (OFFSET), \
		       "pkvm_vmx_enter() knows another place of this field")
AT(gpr[PKVM_GPR_RAX], 0);
AT(gpr[PKVM_GPR_RCX], 8);
AT(gpr[PKVM_GPR_RDX], 16);
AT(gpr[PKVM_GPR_RBX], 24);
AT(gpr[PKVM_GPR_RBP], 40);
AT(gpr[PKVM_GPR_RSI], 48);
AT(gpr[PKVM_GPR_RDI], 56);
AT(gpr[PKVM_GPR_R8], 64);
AT(gpr[PKVM_GPR_R15], 120);
AT(cr2, 128);
AT(dr[0], 136);
AT(dr6, 168);
_Static_assert(PKVM_VMCS_HOST_RSP == 0x6c14, "pkvm_vmx_enter() writes HOST_RSP");
_Static_assert(PKVM_VMX_ENTER_INVALID == 1 && PKVM_VMX_ENTER_VALID == 2,
	       "pkvm_vmx_enter() returns CF + 2 * ZF");

/*
 * RDI the registers, ESI whether to resume. On the stack, from HOST_RSP up: the
 * pointer to the registers, then what a C function must preserve. MOV leaves the
 * flags alone: ZF chooses the instruction, and its failure's CF and ZF arrive.
 */
/* clang-format off */
__asm__(
"	.text\n"
"	.globl	pkvm_vmx_enter\n"
"	.type	pkvm_vmx_enter, @function\n"
"pkvm_vmx_enter:\n"
"	pushq	%rbp\n"
"	pushq	%rbx\n"
"	pushq	%r12\n"
"	pushq	%r13\n"
"	pushq	%r14\n"
"	pushq	%r15\n"
"	pushq	%rdi\n"
"	movl	$0x6c14, %eax\n"
"	vmwrite	%rsp, %rax\n"
"	movq	128(%rdi), %rax\n"
"	movq	%rax, %cr2\n"
"	movq	136(%rdi), %rax\n"
"	movq	%rax, %dr0\n"
"	movq	144(%rdi), %rax\n"
"	movq	%rax, %dr1\n"
"	movq	152(%rdi), %rax\n"
"	movq	%rax, %dr2\n"
"	movq	160(%rdi), %rax\n"
"	movq	%rax, %dr3\n"
"	movq	168(%rdi), %rax\n"
"	movq	%rax, %dr6\n"
"	testb	$1, %sil\n"
"	movq	(%rdi), %rax\n"
"	movq	8(%rdi), %rcx\n"
"	movq	16(%rdi), %rdx\n"
"	movq	24(%rdi), %rbx\n"
"	movq	40(%rdi), %rbp\n"
"	movq	48(%rdi), %rsi\n"
"	movq	64(%rdi), %r8\n"
"	movq	72(%rdi), %r9\n"
"	movq	80(%rdi), %r10\n"
"	movq	88(%rdi), %r11\n"
"	movq	96(%rdi), %r12\n"
"	movq	104(%rdi), %r13\n"
"	movq	112(%rdi), %r14\n"
"	movq	120(%rdi), %r15\n"
"	movq	56(%rdi), %rdi\n"
"	jnz	1f\n"
"	vmlaunch\n"
"	jmp	2f\n"
"1:	vmresume\n"
"2:	setc	%al\n"
"	setz	%cl\n"
"	movzbl	%al, %eax\n"
"	movzbl	%cl, %ecx\n"
"	leal	(%rax, %rcx, 2), %eax\n"
"	popq	%rdi\n"
"	jmp	3f\n"
"	.globl	pkvm_vmx_exit\n"
"	.hidden	pkvm_vmx_exit\n"
"	.type	pkvm_vmx_exit, @function\n"
"pkvm_vmx_exit:\n"
"	pushq	%rdi\n"
"	movq	8(%rsp), %rdi\n"
"	movq	%rax, (%rdi)\n"
"	movq	%rcx, 8(%rdi)\n"
"	movq	%rdx, 16(%rdi)\n"
"	movq	%rbx, 24(%rdi)\n"
"	movq	%rbp, 40(%rdi)\n"
"	movq	%rsi, 48(%rdi)\n"
"	popq	56(%rdi)\n"
"	movq	%r8, 64(%rdi)\n"
"	movq	%r9, 72(%rdi)\n"
"	movq	%r10, 80(%rdi)\n"
"	movq	%r11, 88(%rdi)\n"
"	movq	%r12, 96(%rdi)\n"
"	movq	%r13, 104(%rdi)\n"
"	movq	%r14, 112(%rdi)\n"
"	movq	%r15, 120(%rdi)\n"
"	movq	%cr2, %rax\n"
"	movq	%rax, 128(%rdi)\n"
"	movq	%dr0, %rax\n"
"	movq	%rax, 136(%rdi)\n"
"	movq	%dr1, %rax\n"
"	movq	%rax, 144(%rdi)\n"
"	movq	%dr2, %rax\n"
"	movq	%rax, 152(%rdi)\n"
"	movq	%dr3, %rax\n"
"	movq	%rax, 160(%rdi)\n"
"	movq	%dr6, %rax\n"
"	movq	%rax, 168(%rdi)\n"
"	popq	%rdi\n"
"	xorl	%eax, %eax\n"
"3:	xorl	%ecx, %ecx\n"
"	xorl	%edx, %edx\n"
"	xorl	%esi, %esi\n"
"	xorl	%edi, %edi\n"
"	xorl	%r8d, %r8d\n"
"	xorl	%r9d, %r9d\n"
"	xorl	%r10d, %r10d\n"
"	xorl	%r11d, %r11d\n"
"	popq	%r15\n"
"	popq	%r14\n"
"	popq	%r13\n"
"	popq	%r12\n"
"	popq	%rbx\n"
"	popq	%rbp\n"
"	ret\n"
"	.size	pkvm_vmx_enter, . - pkvm_vmx_enter\n");
/* clang-format on */
