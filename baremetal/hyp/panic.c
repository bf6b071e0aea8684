/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The end: one line that says why, then what a person needs to find out more,
 * then the result that tells whoever runs the image. The first CPU speaks.
 */
#include "../../lib/vmcs/access.h"
#include "../../lib/vmcs/allowed.h"
#include "../../lib/vmcs/check.h"
#include "../../lib/vmcs/field.h"
#include "../boot_info.h"
#include "../common/console.h"
#include "../common/exception.h"
#include "../common/x86.h"
#include "cpu.h"
#include "nmi.h"
#include "panic.h"

#define VTPR_OFFSET 0x80

static uint32_t stopping;

static void begin(const char *what, const char *why)
{
	if (__atomic_exchange_n(&stopping, 1, __ATOMIC_ACQ_REL)) {
		for (;;)
			__asm__ volatile("cli; hlt");
	}
	console_text("\npanic: CPU ");
	console_decimal(this_cpu()->number);
	console_text(": ");
	console_text(what);
	console_text(why);
	console_text("\n");
}

_Noreturn static void end(void)
{
	console_text("RESULT: PANIC\n");
	x86_out8(BOOT_STOP_PORT, BOOT_STOP_BYTE);
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void value(const char *name, uint64_t number)
{
	console_text("  ");
	console_text(name);
	console_text(" ");
	console_hex(number);
}

/* What the current VMCS says, as far as it is there to be read. */
static void field(enum pkvm_vmcs_index index)
{
	uint64_t number;

	if (!pkvm_vmcs_read(pkvm_vmcs_encoding(index), &number))
		value(pkvm_vmcs_name(index), number);
}

static void print_vmcs(void)
{
	static const enum pkvm_vmcs_index row[] = {
		PKVM_VMCS_INDEX_VM_INSTRUCTION_ERROR,
		PKVM_VMCS_INDEX_VM_EXIT_REASON,
		PKVM_VMCS_INDEX_EXIT_QUALIFICATION,
		PKVM_VMCS_INDEX_GUEST_PHYSICAL_ADDRESS,
		PKVM_VMCS_INDEX_GUEST_LINEAR_ADDRESS,
		PKVM_VMCS_INDEX_IDT_VECTORING_INFO_FIELD,
		PKVM_VMCS_INDEX_GUEST_RIP,
		PKVM_VMCS_INDEX_GUEST_RSP,
		PKVM_VMCS_INDEX_GUEST_RFLAGS,
		PKVM_VMCS_INDEX_GUEST_CR0,
		PKVM_VMCS_INDEX_GUEST_CR3,
		PKVM_VMCS_INDEX_GUEST_CR4,
	};

	if (!this_cpu()->vmx.users || this_cpu()->vmx.current == PKVM_VMX_NO_VMCS)
		return;
	value("VMCS", this_cpu()->vmx.current);
	console_text(this_cpu()->vmx.current == this_cpu()->host_vmcs ? " (the host's)" : "");
	for (unsigned int i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (i % 3 == 0)
			console_text("\n");
		field(row[i]);
	}
	console_text("\n");
}

static void print_control_registers(void)
{
	value("CR0", x86_read_cr0());
	value("CR2", x86_read_cr2());
	value("CR3", x86_read_cr3());
	value("CR4", x86_read_cr4());
	console_text("\n");
}

_Noreturn void pkvm_plat_panic(const char *why)
{
	begin("", why);
	value("called from", (uintptr_t)__builtin_return_address(0));
	value("RSP", (uintptr_t)__builtin_frame_address(0));
	console_text("\n");
	print_control_registers();
	print_vmcs();
	end();
}

_Noreturn static void panic_exception(const struct exception_frame *frame)
{
	begin("an exception of the hypervisor's own", "");
	value("vector", frame->vector);
	value("error", frame->error);
	value("RIP", frame->rip);
	value("CS", frame->cs);
	value("RFLAGS", frame->rflags);
	value("RSP", frame->rsp);
	console_text("\n");
	value("RAX", frame->rax);
	value("RBX", frame->rbx);
	value("RCX", frame->rcx);
	value("RDX", frame->rdx);
	console_text("\n");
	value("RSI", frame->rsi);
	value("RDI", frame->rdi);
	value("RBP", frame->rbp);
	value("R8", frame->r8);
	console_text("\n");
	value("R9", frame->r9);
	value("R10", frame->r10);
	value("R11", frame->r11);
	value("R12", frame->r12);
	console_text("\n");
	value("R13", frame->r13);
	value("R14", frame->r14);
	value("R15", frame->r15);
	console_text("\n");
	print_control_registers();
	print_vmcs();
	end();
}

/* Of the hypervisor nobody foresees more than NMIs. */
void exception_unforeseen(struct exception_frame *frame)
{
	if (frame->vector == X86_VECTOR_NMI)
		(void)nmi_arrived();
	else
		panic_exception(frame);
}

/* Judges the current VMCS by the rules of the checker. */
static void print_broken_rules(void)
{
	uint64_t values[PKVM_VMCS_NR_FIELDS] = {0};
	struct pkvm_vmcs_state state = {
		.value = values,
		.caps = pkvm_vmcs_caps(),
		.unknown = PKVM_VMCS_NEEDS_VTPR | PKVM_VMCS_NEEDS_LINKED_VMCS |
			   PKVM_VMCS_NEEDS_PDPTES,
		.current_vmcs = this_cpu()->vmx.current,
	};

	for (unsigned int i = 0; i < PKVM_VMCS_NR_FIELDS; i++)
		(void)pkvm_vmcs_read(pkvm_vmcs_encoding((enum pkvm_vmcs_index)i), &values[i]);
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		if (pkvm_vmcs_judge(i, &state) != PKVM_VMCS_BROKEN)
			continue;
		console_text("  broken rule ");
		console_text(pkvm_vmcs_rule(i)->id);
		console_text(": ");
		console_text(pkvm_vmcs_rule(i)->sentence);
		console_text("\n");
	}
}

_Noreturn void panic_entry(int outcome)
{
	begin("VM entry of the host failed", outcome ? " as an instruction" : " as a VM exit");
	print_vmcs();
	print_broken_rules();
	end();
}

_Noreturn void panic_host(const char *why)
{
	const struct pkvm_guest_regs *host = &this_cpu()->host;

	begin("the host: ", why);
	value("RAX", host->gpr[PKVM_GPR_RAX]);
	value("RBX", host->gpr[PKVM_GPR_RBX]);
	value("RCX", host->gpr[PKVM_GPR_RCX]);
	value("RDX", host->gpr[PKVM_GPR_RDX]);
	value("RSI", host->gpr[PKVM_GPR_RSI]);
	value("RDI", host->gpr[PKVM_GPR_RDI]);
	console_text("\n");
	print_vmcs();
	end();
}
