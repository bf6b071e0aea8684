/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The transport of a guest in VMX non-root operation: VMCALL (SDM "VMCALL--Call
 * to VM Monitor") with the convention's registers.
 */
#include "transport.h"

void pkvm_guest_transport(struct pkvm_regs *regs)
{
	uint64_t rax = regs->rax, rbx = regs->word[0], rcx = regs->word[1];
	uint64_t rdx = regs->word[2], rsi = regs->word[3], rdi = regs->word[4];
	register uint64_t r8 __asm__("r8") = regs->word[5];
	register uint64_t r9 __asm__("r9") = regs->word[6];
	register uint64_t r10 __asm__("r10") = regs->word[7];
	register uint64_t r11 __asm__("r11") = regs->word[8];
	register uint64_t r12 __asm__("r12") = regs->word[9];

	/* Sharing a page lets another write to it: "memory". */
	__asm__ volatile("vmcall"
			 : "+a"(rax), "+b"(rbx), "+c"(rcx), "+d"(rdx), "+S"(rsi), "+D"(rdi),
			   "+r"(r8), "+r"(r9), "+r"(r10), "+r"(r11), "+r"(r12)
			 :
			 : "memory");

	regs->rax = rax;
	regs->word[0] = rbx;
	regs->word[1] = rcx;
	regs->word[2] = rdx;
	regs->word[3] = rsi;
	regs->word[4] = rdi;
	regs->word[5] = r8;
	regs->word[6] = r9;
	regs->word[7] = r10;
	regs->word[8] = r11;
	regs->word[9] = r12;
}
