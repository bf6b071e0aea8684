/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * How many VMs and vCPUs there are already: making one more costs what making the
 * first did, and is refused when there are as many as there can be.
 */
#include "../../host/platform.h"
#include "sweep.h"

#define MAX 128u

static struct pkvm_answer answer;
static struct pkvm_vm_handle vms[MAX];
static struct pkvm_vcpu_handle vcpus[MAX];
static uint64_t vcpu_page[MAX];

static int64_t make_vm(struct pkvm_vm_handle *vm)
{
	const struct pkvm_vm_config in = {
		.area = sweep_fresh(answer.vm_area_size / PKVM_PAGE_SIZE),
		.size = answer.vm_area_size,
		.type = PKVM_VM_NPVM,
		.max_vcpus = answer.max_vcpus,
	};

	return pkvm_hc_vm_init(&in, vm).error;
}

static void destroy_vm(const struct pkvm_vm_handle *vm)
{
	struct pkvm_reclaim_more more = {.more = 1};

	while (more.more) {
		EXPECT_EQUAL(pkvm_hc_vm_destroy(vm, &more).error, 0);
		sweep_reclaim(more.address, more.pages, more.ranges);
	}
}

static int64_t make_vcpu(uint64_t id)
{
	const struct pkvm_vcpu_config in = {
		.vm = vms[0].vm,
		.page = vcpu_page[id] = sweep_fresh(1),
		.area = sweep_fresh(answer.vcpu_area_size / PKVM_PAGE_SIZE),
		.area_size = answer.vcpu_area_size,
		.id = id,
	};

	return pkvm_hc_vcpu_create(&in, &vcpus[id]).error;
}

static void free_vcpu(uint64_t id)
{
	struct pkvm_reclaim list;

	EXPECT_EQUAL(pkvm_hc_vcpu_free(&vcpus[id], &list).error, 0);
	sweep_reclaim(list.address, list.pages, list.ranges);
	EXPECT(pkvm_host_plat_free(vcpu_page[id], 1));
}

/* The first, the one in the middle and the last have a line. */
static void tell(const char *name, uint64_t before, uint64_t number)
{
	if (!before || before == number / 2 || before == number - 1)
		sweep_row(name, before, 0);
}

static bool is_alike(uint64_t first)
{
	return count_last() <= first + first / 10;
}

static bool vms_alike(void)
{
	const uint64_t number = answer.max_vms;
	struct pkvm_vm_handle none;
	uint64_t first = 0;
	bool fine = true;
	int64_t status;

	EXPECT(number <= MAX);
	for (uint64_t i = 0; i < number; i++) {
		EXPECT_EQUAL(make_vm(&vms[i]), 0);
		first = i ? first : count_last();
		fine &= is_alike(first);
		tell("vm_init, VMs before it", i, number);
	}
	status = make_vm(&none);
	sweep_row("vm_init, VMs before it", number, status);
	fine &= status == -PKVM_ENOMEM && is_alike(first);
	for (uint64_t i = 0; i < number; i++)
		destroy_vm(&vms[i]);
	return fine;
}

static bool vcpus_alike(void)
{
	const uint64_t number = answer.max_vcpus;
	uint64_t first = 0;
	bool fine = true;

	EXPECT(number <= MAX);
	EXPECT_EQUAL(make_vm(&vms[0]), 0);
	for (uint64_t i = 0; i < number; i++) {
		EXPECT_EQUAL(make_vcpu(i), 0);
		first = i ? first : count_last();
		fine &= is_alike(first);
		tell("vcpu_create, vCPUs before it", i, number);
	}
	for (uint64_t i = 0; i < number; i++)
		free_vcpu(i);
	destroy_vm(&vms[0]);
	return fine;
}

bool sweep_objects(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	bool fine;

	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	fine = vms_alike();
	fine &= vcpus_alike();
	return fine;
}
