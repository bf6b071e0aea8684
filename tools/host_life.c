/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Operations of `host` that make things: the system, VMs, vCPUs, guest memory,
 * CPUID tables.
 */
#include <inttypes.h>

#include "host/memory.h"
#include "host/x86_ops.h"
#include "host_op.h"

/* Negotiates, hands over the memory map, and enables every CPU of the machine. */
void host_start(const struct host_op *op)
{
	struct scenario *s = op->s;
	const uint64_t base = machine_ram_base(s->machine), hyp = machine_hyp_base(s->machine);
	const struct pkvm_memory_region region[] = {
		{base, hyp - base, PKVM_REGION_RAM},
		{hyp, machine_ram_size(s->machine) - hyp, PKVM_REGION_HYPERVISOR},
	};
	int error = pkvm_host_negotiate_without(&op->side->host,
						host_field(op, "without", UINT64_MAX));

	if (!error)
		error = pkvm_host_boot(region, 2);
	for (unsigned int cpu = 0; !error && cpu < s->cpus; cpu++) {
		machine_enter_cpu(s->machine, cpu);
		error = pkvm_host_enable_virtualization_cpu();
	}
	machine_enter_cpu(s->machine, s->cpu);
	s->result.error = error;
}

void host_vm_init(const struct host_op *op)
{
	const uint64_t max = scenario_number(op->s, op->line, "max_vcpus", 1, UINT32_MAX);
	struct host_vm *vm = scenario_keep(op->s, sizeof(*vm));

	op->s->result.error = pkvm_host_vm_init(&vm->vm, &op->side->host,
						host_field(op, "type", UINT64_MAX), max);
	scenario_result_add(op->s, "vm", vm->vm.handle);
	if (op->s->result.error)
		return;
	vm->next = op->side->vms;
	op->side->vms = vm;
}

void host_vcpu_create(const struct host_op *op)
{
	struct host_vcpu *vcpu = scenario_keep(op->s, sizeof(*vcpu));

	op->s->result.error = pkvm_host_vcpu_create(op->vm, &vcpu->vcpu,
						    (uint32_t)host_field(op, "id", UINT32_MAX));
	scenario_result_add(op->s, "vcpu", vcpu->vcpu.handle);
	if (op->s->result.error)
		return;
	vcpu->next = op->side->vcpus;
	op->side->vcpus = vcpu;
	host_connect_lapic(op, vcpu);
	host_connect_exceptions(op, vcpu);
}

/* Host memory that an operation reads: all of it in the host's view. */
static const void *host_memory(const struct host_op *op, const char *field, uint64_t size)
{
	const uint64_t address = host_field(op, field, UINT64_MAX);
	const uint64_t ram = machine_ram_size(op->s->machine);
	uint64_t at = address;

	while (size <= ram && address <= ram && at < address + size && machine_host_sees(at))
		at = (at | 0xfff) + 1;
	if (!size || address > ram || at < address + size)
		scenario_bad(op->s, op->line, "%s=0x%" PRIx64 ", 0x%" PRIx64 " bytes, is not "
			     "memory of the host", field, address, size);
	return machine_host_ptr(address);
}

/* A VMM loads something into its guest's memory. */
void host_write(const struct host_op *op)
{
	const uint64_t size = host_field(op, "size", UINT32_MAX);
	const void *from = host_memory(op, "from", size);

	op->s->result.error = pkvm_host_memory_write(op->vm, host_field(op, "gpa", UINT64_MAX),
						     from, size);
}

void host_read(const struct host_op *op)
{
	uint64_t value = 0;

	op->s->result.error = pkvm_host_memory_read(op->vm, host_field(op, "gpa", UINT64_MAX),
						    &value, sizeof(value));
	scenario_result_add(op->s, "value", op->s->result.error ? 0 : value);
}

void host_set_cpuid(const struct host_op *op)
{
	const uint32_t count = (uint32_t)host_field(op, "count", PKVM_CPUID_MAX_ENTRIES);
	const struct pkvm_cpuid_entry *table =
		host_memory(op, "table", count * sizeof(struct pkvm_cpuid_entry));

	if ((uintptr_t)table % _Alignof(struct pkvm_cpuid_entry))
		scenario_bad(op->s, op->line, "table=%s is no address of a CPUID table; expected "
			     "a multiple of %zu", scenario_text_field(op->line, "table"),
			     _Alignof(struct pkvm_cpuid_entry));
	op->s->result.error = pkvm_host_vcpu_after_set_cpuid(&op->vcpu->vcpu, table, count);
}
