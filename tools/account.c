/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Keeps account of the VMs and vCPUs that a scenario's host has made.
 */
#include <inttypes.h>
#include <stdlib.h>

#include <pkvm/pkvm.h>
#include "account.h"
#include "scenario.h"

void *account_allocate(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory) {
		fprintf(stderr, "pkvm: out of memory\n");
		exit(1);
	}
	return memory;
}

struct report *report_create(void)
{
	struct report *report = account_allocate(sizeof(*report));

	report->stream = open_memstream(&report->warnings, &report->warnings_size);
	if (!report->stream) {
		fprintf(stderr, "pkvm: out of memory\n");
		exit(1);
	}
	return report;
}

void report_free(struct report *report)
{
	while (report->vms) {
		struct vm *next = report->vms->next;

		free(report->vms);
		report->vms = next;
	}
	while (report->vcpus) {
		struct vcpu *next = report->vcpus->next;

		free(report->vcpus->trace.entry);
		free(report->vcpus);
		report->vcpus = next;
	}
	fclose(report->stream);
	free(report->warnings);
	free(report);
}

struct vcpu *account_find(const struct report *report, uint64_t handle)
{
	struct vcpu *vcpu = report->latest;

	while (vcpu && (!handle || vcpu->handle != handle))
		vcpu = vcpu->before;
	return vcpu;
}

uint64_t report_page_of(const struct report *report, uint64_t handle)
{
	const struct vcpu *vcpu = account_find(report, handle);

	return vcpu ? vcpu->page : 0;
}

void account_name(const struct vcpu *vcpu, char *name, size_t size)
{
	snprintf(name, size, "vCPU %" PRIu64 " of %s %u", vcpu->id,
		 vcpu->vm.pvm ? "pVM" : "npVM", vcpu->vm.number);
}

unsigned int report_runner(const struct scenario *s, uint64_t handle, char *name, size_t size)
{
	const struct report *report = s->report;
	const uint64_t runner = handle ? handle : report->current[s->cpu % MOST_CPUS];
	const struct vcpu *vcpu = account_find(report, runner);

	snprintf(name, size, "unknown vCPU");
	if (vcpu)
		account_name(vcpu, name, size);
	return vcpu ? vcpu->number : 0;
}

void account_vm(struct report *report, const struct pkvm_regs *in, uint64_t handle)
{
	struct vm *vm = account_allocate(sizeof(*vm));

	vm->handle = handle;
	vm->number = ++report->nr_vms;
	vm->pvm = in->word[PKVM_WORD_vm_config_type] == PKVM_VM_PVM;
	vm->next = report->vms;
	report->vms = vm;
}

void account_vcpu(struct report *report, const struct pkvm_regs *in, uint64_t handle)
{
	struct vcpu *vcpu = account_allocate(sizeof(*vcpu));

	for (const struct vm *vm = report->vms; vm; vm = vm->next) {
		if (vm->handle == in->word[PKVM_WORD_vcpu_config_vm])
			vcpu->vm = *vm;
	}
	vcpu->handle = handle;
	vcpu->page = in->word[PKVM_WORD_vcpu_config_page];
	vcpu->id = in->word[PKVM_WORD_vcpu_config_id];
	vcpu->number = ++report->nr_vcpus;
	vcpu->before = report->latest;
	*(report->latest ? &report->latest->next : &report->vcpus) = vcpu;
	report->latest = vcpu;
}
