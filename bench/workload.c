/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The run loop of the workload, and the guest in it. */
#include "stage.h"
#include "workload.h"

#include "../guest/assemble.h"
#include "../host/memory.h"

#define CODE      0x1000u       /* the guest runs in real-address mode */
#define HANDLER   0x800u
#define RAM       0x8000u
#define STACK     0x8000u
#define LENGTH    1000u         /* instructions, then from the start   */
#define DISK      0x51u         /* the vector of its interrupt         */
#define HOST_TICK 0xecu         /* a vector of the host's own          */

static const uint64_t values[2][NR_PARAMETERS] = {
	{
#define PARAMETER(NAME, NPVM, PVM, SOURCE) NPVM,
#include "parameters.inc"
	},
	{
#define PARAMETER(NAME, NPVM, PVM, SOURCE) PVM,
#include "parameters.inc"
	},
};

static void must(int error, const char *what)
{
	if (error)
		stage_fail(what, pkvm_error_name(error));
}

static void must_assemble(enum pkvm_asm_status status, const char *what)
{
	must(status == PKVM_ASM_OK ? 0 : -PKVM_EINVAL, what);
}

/* How many of `count` events fall on the next of `among`, spread evenly. */
static uint64_t spread(uint64_t *due, uint64_t count, uint64_t among)
{
	const uint64_t sum = *due + count;

	*due = sum % among;
	return sum / among;
}

static uint64_t falls_due(struct workload *w, enum parameter what)
{
	return spread(&w->due[what], w->value[what], w->value[PARAMETER_runs]);
}

static void emit(struct pkvm_asm *code, const char *name, uint64_t a, uint64_t b,
		 unsigned int n)
{
	const uint64_t operands[2] = {a, b};

	must_assemble(pkvm_asm_op(code, name, operands, n), name);
}

/* The interrupt of the disk: end of interrupt, which APICv takes without an exit. */
static void write_handler(struct workload *w)
{
	const uint16_t entry[2] = {HANDLER, 0};
	uint8_t bytes[64];
	struct pkvm_asm code;

	pkvm_asm_begin(&code, bytes, sizeof(bytes), 16);
	emit(&code, "mov_imm", 1, 0x80b, 2);
	emit(&code, "wrmsr", 0, 0, 0);
	emit(&code, "iret", 0, 0, 0);
	must_assemble(pkvm_asm_finish(&code), "the guest's handler");
	for (uint64_t vector = 0; vector < 256; vector++)
		must(pkvm_host_memory_write(&w->vm, vector * 4, entry, sizeof(entry)),
		     "the guest's vectors");
	must(pkvm_host_memory_write(&w->vm, HANDLER, bytes, code.used), "the guest's handler");
}

/* Port I/O, and among it the share of halts. */
static void write_program(struct workload *w)
{
	static uint8_t bytes[4 * LENGTH];
	struct pkvm_asm code;
	uint64_t due = 0;

	pkvm_asm_begin(&code, bytes, sizeof(bytes), 16);
	emit(&code, "mov_imm", 0, 0, 2);
	emit(&code, "mov_imm", 2, 0, 2);
	emit(&code, "sti", 0, 0, 0);
	must_assemble(pkvm_asm_label(&code, 0), "the guest's loop");
	for (unsigned int i = 0; i < LENGTH; i++) {
		if (spread(&due, w->value[PARAMETER_halts], w->value[PARAMETER_instructions]))
			emit(&code, "hlt", 0, 0, 0);
		else
			emit(&code, "out8", 0x80, 0, 1);
	}
	emit(&code, "jmp", 0, 0, 1);
	must_assemble(pkvm_asm_finish(&code), "the guest's program");
	must(pkvm_host_memory_write(&w->vm, CODE, bytes, code.used), "the guest's program");
}

/* RESET's state but for CS and RIP, the local APIC in x2APIC mode and virtual. */
static void prepare_vcpu(struct workload *w)
{
	struct pkvm_host_segment cs;

	pkvm_host_vcpu_load(&w->vcpu);
	pkvm_host_vcpu_reset(&w->vcpu, false);
	pkvm_host_get_segment(&w->vcpu, &cs, PKVM_SEG_CS);
	cs.base = 0;
	cs.selector = 0;
	pkvm_host_set_segment(&w->vcpu, &cs, PKVM_SEG_CS);
	w->vcpu.page->regs.rip = CODE;
	w->vcpu.page->regs.gpr[4] = STACK;
	must(pkvm_host_vm_finalize(&w->vm), "vm_finalize");
	must(pkvm_host_set_apic_base(&w->vcpu, 0xfee00d00, false), "the APIC base");
	w->vcpu.apicv_active = true;
	pkvm_host_refresh_apicv_exec_ctrl(&w->vcpu);
	PKVM_HOST_APIC(&w->apic, SPIV) = 0x1ff;
}

void workload_begin(struct workload *w, uint64_t type, bool posting)
{
	*w = (struct workload){.value = values[type]};
	must(stage_open(&w->host, posting ? 0 : PKVM_FEAT_event_summary | PKVM_FEAT_posting),
	     "the system");
	must(pkvm_host_vm_init(&w->vm, &w->host, type, 1), "vm_init");
	must(pkvm_host_vm_create_irqchip(&w->vm, &w->chip, PKVM_IRQCHIP_SPLIT), "irqchip");
	must(pkvm_host_vcpu_create(&w->vm, &w->vcpu, 0), "vcpu_create");
	must(pkvm_host_irqchip_add_lapic(&w->chip, &w->apic, &w->vcpu, 0), "local APIC");
	must(pkvm_host_memory_add(&w->vm, 0, RAM), "guest memory");
	write_handler(w);
	write_program(w);
	prepare_vcpu(w);
	/* Every page is mapped, and what only a first entry needs has been done. */
	workload_run(w, LENGTH + LENGTH / 2);
}

/* KVM's order: an interrupt counts when the guest can take it, and then if it is there. */
static bool has_events(struct workload *w)
{
	return pkvm_host_interrupt_allowed(&w->vcpu, false) > 0 &&
	       pkvm_host_sync_pir_to_irr(&w->vcpu) >= 0;
}

/* Polls until the disk is done; with other work around, the thread has slept then. */
static void block(struct workload *w)
{
	const uint64_t period = w->value[PARAMETER_poll_cycles];

	w->left += w->value[PARAMETER_halt_cycles];
	for (; w->left >= period && !has_events(w); w->left -= period)
		;
	(void)pkvm_host_lapic_accept(&w->apic, DISK, false);
	if (w->value[PARAMETER_slept])
		pkvm_host_vcpu_load(&w->vcpu);
	if (!has_events(w))
		stage_fail("the disk's interrupt", "does not wake the vCPU");
	w->vcpu.halted = false;
}

/* What happens to the thread of a vCPU between two entries. */
static void schedule(struct workload *w)
{
	if (falls_due(w, PARAMETER_preemptions))
		pkvm_host_vcpu_load(&w->vcpu);
	if (falls_due(w, PARAMETER_moves)) {
		pkvm_host_vcpu_put(&w->vcpu);
		pkvm_host_vcpu_load(&w->vcpu);
	}
	if (falls_due(w, PARAMETER_signals))
		pkvm_host_cancel_injection(&w->vcpu);
}

/* An exit that is not an instruction's: the host's own timer. */
static bool is_interrupted(struct workload *w)
{
	const uint64_t runs = w->value[PARAMETER_runs];

	return spread(&w->due[PARAMETER_instructions], runs - w->value[PARAMETER_instructions],
		      runs);
}

void workload_run(struct workload *w, unsigned long runs)
{
	for (unsigned long i = 0; i < runs; i++) {
		struct pkvm_host_outcome outcome;

		schedule(w);
		if (w->vcpu.halted)
			block(w);
		if (is_interrupted(w))
			stage_raise_irq(HOST_TICK);
		outcome = pkvm_host_run(&w->vcpu, &w->devices, 1);
		if (outcome.stop != PKVM_HOST_STOP_EXITS)
			stage_fail("the guest", "stopped");
		for (uint64_t looks = falls_due(w, PARAMETER_looks); looks; looks--)
			w->ready = pkvm_host_interrupt_allowed(&w->vcpu, false) > 0;
	}
}

void workload_end(struct workload *w)
{
	must(pkvm_host_vm_destroy(&w->vm), "vm_destroy");
	stage_close();
}
