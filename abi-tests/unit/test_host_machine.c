/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's code over the core: VMs of both kinds are made, run by the run
 * loop and taken apart, and every page comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "guest/assemble.h"
#include "host/memory.h"
#include "host/run.h"
#include "host/sregs.h"
#include "host/x86_ops.h"
#include "machine/machine.h"

#define CODE    0x1000u
#define HANDLER 0x1800u
#define STACK   0x3000u
#define RAM     0x8000u

/* A VMM with a serial port, one MSR, one MMIO register, one interrupt line. */
struct vmm {
	char text[64];
	unsigned int length;
	uint64_t msr;
	uint64_t mmio;
	int irq;                /* vector that waits, or -1 */
	unsigned int acks;
	uint32_t started;
};

struct world {
	struct machine *machine;
	struct pkvm_host host;
	struct pkvm_host_vm vm;
	struct pkvm_host_vcpu vcpu;
	struct vmm vmm;
	uint64_t private_pages; /* after the system is up */
	uint8_t code[1024];
	struct pkvm_asm assembler;
};

static void device_out(void *opaque, uint16_t port, uint32_t size, uint32_t value)
{
	struct vmm *vmm = opaque;

	assert_int_equal(port, 0x3f8);
	assert_int_equal(size, 1);
	assert_in_range(vmm->length, 0, sizeof(vmm->text) - 2);
	vmm->text[vmm->length++] = (char)value;
}

static uint32_t device_in(void *opaque, uint16_t port, uint32_t size)
{
	(void)opaque;
	assert_int_equal(port, 0x3fd);
	assert_int_equal(size, 1);
	return 'i';
}

static int device_rdmsr(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index,
			uint64_t *value)
{
	struct vmm *vmm = opaque;

	(void)vcpu;
	*value = vmm->msr;
	return index == 0x6e0 ? 0 : PKVM_HOST_NOT_MINE;
}

static int device_wrmsr(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t index,
			uint64_t value)
{
	struct vmm *vmm = opaque;

	(void)vcpu;
	if (index != 0x6e0)
		return PKVM_HOST_NOT_MINE;
	vmm->msr = value;
	return 0;
}

static int device_pending(void *opaque, struct pkvm_host_vcpu *vcpu)
{
	(void)vcpu;
	return ((struct vmm *)opaque)->irq;
}

static uint32_t device_ack(void *opaque, struct pkvm_host_vcpu *vcpu)
{
	struct vmm *vmm = opaque;
	const int vector = vmm->irq;

	(void)vcpu;
	vmm->acks++;
	vmm->irq = -1;
	return (uint32_t)vector;
}

static struct pkvm_host_devices devices_of(struct vmm *vmm)
{
	return (struct pkvm_host_devices){
		.opaque = vmm,
		.out = device_out,
		.in = device_in,
		.rdmsr = device_rdmsr,
		.wrmsr = device_wrmsr,
		.pending_irq = device_pending,
		.ack_irq = device_ack,
	};
}

static void boot(struct world *w)
{
	const struct machine_config config = {.ram_size = 16 << 20, .hyp_size = 1 << 20,
					      .seed = 5, .deterministic_tsc = true};
	struct pkvm_memory_region regions[2];

	w->machine = machine_create(&config, NULL);
	assert_non_null(w->machine);
	regions[0] = (struct pkvm_memory_region){0, machine_hyp_base(w->machine),
						 PKVM_REGION_RAM};
	regions[1] = (struct pkvm_memory_region){machine_hyp_base(w->machine), 1 << 20,
						 PKVM_REGION_HYPERVISOR};
	assert_int_equal(pkvm_host_negotiate(&w->host), 0);
	assert_int_equal(pkvm_host_boot(regions, 2), 0);
	assert_int_equal(pkvm_host_enable_virtualization_cpu(), 0);
	w->private_pages = machine_page_counts(w->machine).private;
	assert_int_equal(machine_page_counts(w->machine).allocated, 0);
}

static void create(struct world *w, uint64_t type)
{
	memset(w, 0, sizeof(*w));
	w->vmm.irq = -1;
	boot(w);
	assert_int_equal(pkvm_host_vm_init(&w->vm, &w->host, type, 4), 0);
	assert_int_equal(pkvm_host_vcpu_create(&w->vm, &w->vcpu, 0), 0);
	assert_int_equal(pkvm_host_memory_add(&w->vm, 0, RAM), 0);
	pkvm_asm_begin(&w->assembler, w->code, sizeof(w->code), 16);
}

static void emit(struct world *w, const char *name, unsigned int n, uint64_t a, uint64_t b)
{
	const uint64_t operands[2] = {a, b};

	assert_int_equal(pkvm_asm_op(&w->assembler, name, operands, n), PKVM_ASM_OK);
}

static void load_code(struct world *w, uint64_t gpa)
{
	assert_int_equal(pkvm_asm_finish(&w->assembler), PKVM_ASM_OK);
	assert_int_equal(pkvm_host_memory_write(&w->vm, gpa, w->code, w->assembler.used), 0);
	pkvm_asm_begin(&w->assembler, w->code, sizeof(w->code), 16);
}

/* Real-address mode at CODE, as the processor leaves RESET otherwise. */
static void prepare(struct world *w)
{
	struct pkvm_host_segment cs;

	pkvm_host_vcpu_load(&w->vcpu);
	pkvm_host_vcpu_reset(&w->vcpu, false);
	pkvm_host_get_segment(&w->vcpu, &cs, PKVM_SEG_CS);
	assert_int_equal(cs.base, 0xffff0000);
	cs.base = 0;
	cs.selector = 0;
	pkvm_host_set_segment(&w->vcpu, &cs, PKVM_SEG_CS);
	w->vcpu.page->regs.rip = CODE;
	w->vcpu.page->regs.gpr[4] = STACK;
	assert_int_equal(pkvm_host_vm_finalize(&w->vm), 0);
}

static struct pkvm_host_outcome run(struct world *w)
{
	const struct pkvm_host_devices devices = devices_of(&w->vmm);

	return pkvm_host_run(&w->vcpu, &devices, 1000);
}

/* Every page is the host's again, and free. */
static void finish(struct world *w)
{
	const bool dead = pkvm_host_is_dead(&w->vm);

	assert_int_equal(pkvm_host_vm_destroy(&w->vm), 0);
	assert_false(dead);
	assert_int_equal(machine_page_counts(w->machine).private, w->private_pages);
	assert_int_equal(machine_page_counts(w->machine).allocated, 0);
	assert_int_equal(machine_unchecked_count(w->machine), 0);
	machine_destroy(w->machine);
}

/* Port I/O, a forwarded MSR, both TSC registers, CPUID, then HLT with IF clear. */
static void emit_devices(struct world *w)
{
	emit(w, "write_port8", 2, 0x3f8, 'a');
	emit(w, "read_port8", 1, 0x3fd, 0);
	emit(w, "mov_imm", 2, 2, 0x3f8);
	emit(w, "out8_dx", 0, 0, 0);
	emit(w, "write_msr", 2, 0x6e0, 0x123456789);
	emit(w, "read_msr", 1, 0x6e0, 0);
	emit(w, "mov_imm", 2, 2, 0x3f8);
	emit(w, "out8_dx", 0, 0, 0);
	emit(w, "write_msr", 2, 0x10, 5000000);
	emit(w, "write_msr", 2, 0x3b, 77);
	emit(w, "cpuid", 0, 0, 0);
	emit(w, "hlt", 0, 0, 0);
	load_code(w, CODE);
}

static void test_loop_serves_devices_of(uint64_t type)
{
	struct pkvm_host_outcome outcome;
	struct world w;
	uint64_t value;

	create(&w, type);
	emit_devices(&w);
	prepare(&w);
	outcome = run(&w);
	assert_int_equal(outcome.stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "ai\x89");
	assert_int_equal(w.vmm.msr, 0x123456789);
	assert_int_equal(w.vcpu.tsc.adjust, 77);
	assert_int_equal(pkvm_host_get_msr(&w.vcpu, 0x3b, &value), 0);
	assert_int_equal(value, 77);
	assert_false(pkvm_host_get_if_flag(&w.vcpu));
	finish(&w);
}

static void test_run_loop_serves_the_devices_of_an_npvm(void **state)
{
	(void)state;
	test_loop_serves_devices_of(PKVM_VM_NPVM);
}

static void test_run_loop_serves_the_devices_of_a_pvm(void **state)
{
	(void)state;
	test_loop_serves_devices_of(PKVM_VM_PVM);
}

/* STI, HLT; the handler prints; behind the HLT the guest prints and halts again. */
static void emit_interrupts(struct world *w)
{
	const uint16_t entry[2] = {HANDLER, 0};

	emit(w, "sti", 0, 0, 0);
	emit(w, "hlt", 0, 0, 0);
	emit(w, "write_port8", 2, 0x3f8, 'e');
	for (int i = 0; i < 4; i++)
		emit(w, "hlt", 0, 0, 0);
	load_code(w, CODE);
	emit(w, "write_port8", 2, 0x3f8, 'h');
	emit(w, "iret", 0, 0, 0);
	load_code(w, HANDLER);
	for (uint64_t vector = 0; vector < 256; vector++)
		assert_int_equal(pkvm_host_memory_write(&w->vm, 4 * vector, entry,
							sizeof(entry)), 0);
}

static void test_interrupt_wakes(uint64_t type, uint64_t features)
{
	struct world w;

	create(&w, type);
	w.host.answer.features &= features;
	emit_interrupts(&w);
	prepare(&w);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_true(pkvm_host_get_if_flag(&w.vcpu));
	assert_string_equal(w.vmm.text, "");
	w.vmm.irq = 0x40;
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "he");
	assert_int_equal(w.vmm.acks, 1);
	pkvm_host_queue_nmi(&w.vcpu);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_false(w.vcpu.nmi_pending);
	assert_int_equal(w.vmm.text[2], 'h');
	finish(&w);
}

static void test_interrupt_wakes_a_halted_vcpu_by_one_call_or_by_two(void **state)
{
	(void)state;
	test_interrupt_wakes(PKVM_VM_NPVM, ~0ull);
	test_interrupt_wakes(PKVM_VM_PVM, ~0ull);
	test_interrupt_wakes(PKVM_VM_NPVM, ~8ull);
	test_interrupt_wakes(PKVM_VM_PVM, ~8ull);
}

static void test_pvm_gets_no_interrupt_below_32_and_the_loop_goes_on(void **state)
{
	struct world w;

	(void)state;
	create(&w, PKVM_VM_PVM);
	emit_interrupts(&w);
	prepare(&w);
	w.vmm.irq = 0x1f;
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "");
	assert_int_equal(w.vcpu.stats.dropped, 1);
	finish(&w);
}

static void test_interrupt_window_opens_for_an_interrupt_that_cannot_go_yet(void **state)
{
	struct world w;

	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		create(&w, type);
		emit_interrupts(&w);
		prepare(&w);
		w.vmm.irq = 0x40;
		assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
		assert_int_equal(w.vmm.acks, 1);
		assert_int_equal(w.vmm.text[0], 'h');
		assert_int_equal(type ? w.vcpu.stats.exits[PKVM_EXIT_IRQ_WINDOW] :
					w.vcpu.stats.vmx_exits[7], 1);
		finish(&w);
	}
}

static void test_pvm_is_denied_to_its_host_after_the_first_run(void **state)
{
	struct pkvm_host_sregs sregs;
	uint64_t calls;
	struct world w;
	uint8_t byte;

	(void)state;
	create(&w, PKVM_VM_PVM);
	emit_devices(&w);
	prepare(&w);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	calls = w.vcpu.stats.calls;
	pkvm_host_get_sregs(&w.vcpu, &sregs);
	assert_int_equal(sregs.cs.limit, 0);
	assert_int_equal(sregs.cr0, 0);
	assert_int_equal(pkvm_host_get_rflags(&w.vcpu), 0);
	assert_int_equal(w.vcpu.stats.calls, calls);
	assert_int_equal(w.vcpu.page->regs.rip, 0);
	assert_int_equal(pkvm_host_memory_read(&w.vm, CODE, &byte, 1), -14);
	finish(&w);
}

static void test_special_registers_of_an_npvm_round_trip(void **state)
{
	struct pkvm_host_sregs in, out;
	struct world w;

	(void)state;
	create(&w, PKVM_VM_NPVM);
	pkvm_host_vcpu_load(&w.vcpu);
	pkvm_host_vcpu_reset(&w.vcpu, false);
	pkvm_host_get_sregs(&w.vcpu, &in);
	assert_int_equal(in.cr0, 0x60000010);
	assert_int_equal(in.cs.selector, 0xf000);
	in.cr0 = 0x80000011;
	in.cr3 = 0x9000;
	in.cr4 = 0x20;
	in.efer = 0x500;
	in.cr8 = 5;
	in.gdt = (struct pkvm_descriptor_table){0x500, 0x1f};
	in.cs = (struct pkvm_host_segment){.selector = 0x10, .limit = 0xffffffff, .type = 0xb,
					   .present = 1, .s = 1, .l = 1, .g = 1};
	assert_int_equal(pkvm_host_set_sregs(&w.vcpu, &in), 0);
	w.vcpu.regs.avail = 0;
	pkvm_host_get_sregs(&w.vcpu, &out);
	assert_memory_equal(&in.cs, &out.cs, sizeof(in.cs));
	assert_int_equal(out.cr0, 0x80000011);
	assert_int_equal(out.cr3, 0x9000);
	assert_int_equal(out.cr4, 0x20);
	assert_int_equal(out.efer, 0x500);
	assert_int_equal(out.cr8, 5);
	assert_int_equal(out.gdt.base, 0x500);
	assert_int_equal(out.gdt.limit, 0x1f);
	finish(&w);
}

static void test_access_beyond_memory_stops_the_loop(void **state)
{
	struct pkvm_host_outcome outcome;
	struct world w;

	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		create(&w, type);
		emit(&w, "mov_imm", 2, 3, RAM + 0x123);
		emit(&w, "store8", 2, 3, 0);
		load_code(&w, CODE);
		prepare(&w);
		outcome = run(&w);
		assert_int_equal(outcome.stop, PKVM_HOST_STOP_NO_MEMORY);
		assert_int_equal(type ? outcome.exit.word0 : outcome.exit.word2,
				 type ? RAM : RAM + 0x123);
		finish(&w);
	}
}

static void test_triple_fault_and_invalid_state_stop_the_loop(void **state)
{
	static const struct pkvm_descriptor_table no_idt = {0, 0};
	struct pkvm_host_outcome outcome;
	struct world w;

	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		create(&w, type);
		emit(&w, "ud2", 0, 0, 0);
		load_code(&w, CODE);
		prepare(&w);
		pkvm_host_set_idt(&w.vcpu, &no_idt);
		assert_int_equal(run(&w).stop, PKVM_HOST_STOP_SHUTDOWN);
		finish(&w);
		create(&w, type);
		prepare(&w);
		pkvm_host_set_rflags(&w.vcpu, 0x20002);
		pkvm_host_set_cr0(&w.vcpu, 0x80000011);
		assert_int_equal(pkvm_host_set_efer(&w.vcpu, 0x500), 0);
		outcome = run(&w);
		assert_int_equal(outcome.stop, PKVM_HOST_STOP_ENTRY_FAILED);
		finish(&w);
	}
}

/* An npVM switches to protected mode by MOV to CR0; the host writes what it asks. */
static void test_npvm_reaches_protected_mode_through_its_host(void **state)
{
	struct world w;

	(void)state;
	create(&w, PKVM_VM_NPVM);
	emit(&w, "mov_from_cr", 2, 0, 0);
	emit(&w, "or_imm", 2, 0, 1);
	emit(&w, "mov_to_cr", 2, 0, 0);
	emit(&w, "mov_imm", 2, 0, 0x2000);
	emit(&w, "mov_to_cr", 2, 4, 0);
	emit(&w, "hlt", 0, 0, 0);
	load_code(&w, CODE);
	prepare(&w);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_SHUTDOWN);
	assert_int_equal(pkvm_host_read_cr0(&w.vcpu) & 0xffff, 0x11);
	assert_int_equal(w.vcpu.stats.vmx_exits[28], 2);
	finish(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_loop_serves_the_devices_of_an_npvm),
		cmocka_unit_test(test_run_loop_serves_the_devices_of_a_pvm),
		cmocka_unit_test(test_interrupt_wakes_a_halted_vcpu_by_one_call_or_by_two),
		cmocka_unit_test(test_pvm_gets_no_interrupt_below_32_and_the_loop_goes_on),
		cmocka_unit_test(test_interrupt_window_opens_for_an_interrupt_that_cannot_go_yet),
		cmocka_unit_test(test_pvm_is_denied_to_its_host_after_the_first_run),
		cmocka_unit_test(test_special_registers_of_an_npvm_round_trip),
		cmocka_unit_test(test_access_beyond_memory_stops_the_loop),
		cmocka_unit_test(test_triple_fault_and_invalid_state_stop_the_loop),
		cmocka_unit_test(test_npvm_reaches_protected_mode_through_its_host),
	};

	return cmocka_run_group_tests_name("host machine", tests, NULL, NULL);
}
