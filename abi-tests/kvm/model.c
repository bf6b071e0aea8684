/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model as one who can be asked: the host's code makes an npVM through the
 * ABI, its reference of APICs and exceptions stands above that VM's vCPU, and
 * the model of VMX executes the guest.
 */
#include "model.h"

#include <stdio.h>
#include <string.h>
#include "host/memory.h"
#include "host/run.h"
#include "host/x86_ops.h"

#define RAM_SIZE  (16u << 20)
#define HYP_SIZE  (1u << 20)
#define MAX_VCPUS 4
#define MAX_EXITS 200

#define BASE_ENABLE      0x800u
#define BASE_EXTD        0x400u
#define CPUID_1_X2APIC   PKVM_BIT(21) /* ECX */

struct model model;

void model_need(const char *what, int error)
{
	if (error && !model.trouble[0])
		snprintf(model.trouble, sizeof(model.trouble), "%s: %d", what, error);
}

static const char *trouble(void)
{
	return model.trouble[0] ? model.trouble : NULL;
}

static void boot(void)
{
	const struct machine_config config = {.ram_size = RAM_SIZE,
					      .hyp_size = HYP_SIZE,
					      .seed = 1,
					      .deterministic_tsc = true};
	const char *why = NULL;
	struct pkvm_memory_region regions[2];
	uint64_t hyp;

	model.machine = machine_create(&config, &why);
	if (!model.machine) {
		snprintf(model.trouble, sizeof(model.trouble), "no machine: %s", why);
		return;
	}
	hyp = machine_hyp_base(model.machine);
	regions[0] = (struct pkvm_memory_region){0, hyp, PKVM_REGION_RAM};
	regions[1] = (struct pkvm_memory_region){hyp, HYP_SIZE, PKVM_REGION_HYPERVISOR};
	model_need("negotiate", pkvm_host_negotiate(&model.host));
	model_need("boot", pkvm_host_boot(regions, 2));
	model_need("enable_virtualization_cpu", pkvm_host_enable_virtualization_cpu());
}

static void new_vm(void)
{
	if (!model.machine)
		boot();
	if (model.vm.handle && !model.trouble[0])
		model_need("vm_destroy", pkvm_host_vm_destroy(&model.vm));
	model.exceptions.regs = &model.no_regs;
	if (model.trouble[0])
		return;
	model.payload = false;
	model_need("vm_init",
		   pkvm_host_vm_init(&model.vm, &model.host, PKVM_VM_NPVM, MAX_VCPUS));
	model_need("memory", pkvm_host_memory_add(&model.vm, 0, GUEST_RAM));
}

/* The ABI tells of no flags but through a VM. */
static int flags(bool of_vm)
{
	uint64_t supported;
	int error;

	(void)of_vm;
	error = pkvm_host_vm_x2apic_api(&model.vm, 0, &supported);
	return error ? error : (int)supported;
}

static int set_chip(enum chip chip)
{
	const uint32_t mode = chip == CHIP_SPLIT ? PKVM_IRQCHIP_SPLIT : PKVM_IRQCHIP_KERNEL;

	return pkvm_host_vm_create_irqchip(&model.vm, &model.chip, mode);
}

static int set_flags(uint64_t value)
{
	uint64_t supported;

	return pkvm_host_vm_x2apic_api(&model.vm, value, &supported);
}

static int set_payload(uint64_t value)
{
	const int error =
		pkvm_host_vm_enable_cap(&model.vm, PKVM_VM_CAP_EXCEPTION_PAYLOAD, value);

	if (!error)
		model.payload = value;
	return error;
}

/* The ABI has frozen it by now; the reference can still be told. */
static void drop_payload(void)
{
	model.payload = false;
	model.exceptions.exception_payload = false;
}

/* The local APIC, and the I/O APIC where it is the host's. */
static void make_chips(bool x2apic)
{
	if (!model.vm.chip)
		return;
	model_need("ioapic",
		   pkvm_host_ioapic_init(&model.ioapic, &model.chip, PKVM_HOST_IOAPIC_82093AA));
	if (pkvm_host_irqchip_has_ioapic(&model.chip))
		model.chip.ioapic = &model.ioapic;
	model_need("lapic",
		   pkvm_host_irqchip_add_lapic(&model.chip, &model.apic, &model.vcpu, APIC_ID));
	model.apic.has_x2apic = x2apic;
	pkvm_host_lapic_reset(&model.apic);
}

static void set_registers(enum apic_mode mode)
{
	const bool x2apic = mode != APIC_NO_X2APIC;
	const struct pkvm_cpuid_entry cpuid[] = {
		{.function = 0, .eax = 1},
		{.function = 1, .eax = 0x50654, .ecx = x2apic ? CPUID_1_X2APIC : 0},
	};
	const uint64_t base = APIC_BASE | BASE_ENABLE | (mode == APIC_X2APIC ? BASE_EXTD : 0);
	struct pkvm_host_segment cs;

	pkvm_host_vcpu_load(&model.vcpu);
	model_need("cpuid", pkvm_host_vcpu_after_set_cpuid(&model.vcpu, cpuid, 2));
	pkvm_host_vcpu_reset(&model.vcpu, false);
	pkvm_host_get_segment(&model.vcpu, &cs, PKVM_SEG_CS);
	cs.base = 0;
	cs.selector = 0;
	pkvm_host_set_segment(&model.vcpu, &cs, PKVM_SEG_CS);
	model.vcpu.page->regs.rip = GUEST_CODE;
	model.vcpu.page->regs.gpr[4] = GUEST_STACK;
	model_need("apic_base", pkvm_host_set_apic_base(&model.vcpu, base, false));
}

static void new_vcpu(enum apic_mode mode)
{
	if (model.trouble[0])
		return;
	model_need("vcpu_create", pkvm_host_vcpu_create(&model.vm, &model.vcpu, APIC_ID));
	if (model.trouble[0])
		return;
	set_registers(mode);
	make_chips(mode != APIC_NO_X2APIC);
	model.exceptions = (struct pkvm_host_exceptions){
		.regs = &model.vcpu.page->regs,
		.exception_payload = model.payload,
		.delivery = model.delivery,
	};
}

static void load(uint64_t gpa, const void *from, size_t size)
{
	model_need("memory_write", pkvm_host_memory_write(&model.vm, gpa, from, size));
}

static void out(void *opaque, uint16_t port, uint32_t size, uint32_t value)
{
	(void)opaque;
	(void)size;
	(void)value;
	if (model.port < 0)
		model.port = port;
}

static void eoi(void *opaque, struct pkvm_host_vcpu *vcpu, uint32_t vector)
{
	(void)opaque;
	(void)vcpu;
	model.eoi = (int)vector;
}

/* The guest halts behind its OUT, so that what it did is over. */
static struct ran run(void)
{
	static const struct pkvm_host_devices devices = {
		.out = out,
		.eoi = eoi,
	};
	struct pkvm_host_outcome outcome;
	enum pkvm_host_entry entry;

	model.port = model.eoi = -1;
	if (model.trouble[0])
		return (struct ran){-1, -1};
	entry = pkvm_host_inject_exceptions(&model.vcpu, &model.exceptions);
	if (entry != PKVM_HOST_ENTER && entry != PKVM_HOST_ENTER_INJECT)
		model_need("entry", (int)entry);
	outcome = pkvm_host_run(&model.vcpu, &devices, MAX_EXITS);
	pkvm_host_leave_exceptions(&model.exceptions, false);
	if (outcome.stop != PKVM_HOST_STOP_HALTED)
		model_need("run stopped", (int)outcome.stop);
	return (struct ran){model.port, model.eoi};
}

static const struct opinion opinion = {
	.trouble = trouble,
	.new_vm = new_vm,
	.flags = flags,
	.set_chip = set_chip,
	.set_flags = set_flags,
	.set_payload = set_payload,
	.drop_payload = drop_payload,
	.new_vcpu = new_vcpu,
	.load = load,
	.run = run,
	.get_lapic = model_get_lapic,
	.set_lapic = model_set_lapic,
	.write_xapic = model_write_xapic,
	.send_edge = model_send_edge,
	.send_level = model_send_level,
	.eoi_arrived = model_eoi_arrived,
	.get_events = model_get_events,
	.set_events = model_set_events,
	.get_cr2 = model_get_cr2,
	.set_cr2 = model_set_cr2,
	.get_debugregs = model_get_debugregs,
	.set_debugregs = model_set_debugregs,
	.copy_out = model_copy_out,
};

void model_use_old_delivery(void)
{
	model.delivery = PKVM_HOST_DELIVER_AT_EVENT_SAVE;
}

const struct opinion *model_opinion(void)
{
	return &opinion;
}
