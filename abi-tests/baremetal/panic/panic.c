/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A hypervisor that comes to the end that the first letter of its commands names,
 * for test_panic.sh to read what it says.
 */
#include "../../../baremetal/common/exception.h"
#include "../../../baremetal/hyp/host.h"
#include "../../../baremetal/hyp/protect.h"
#include "../../../baremetal/hyp/view.h"
#include "../../../lib/vmcs/access.h"

#define NO_FIELD 0x6ffeu

void hyp_main(uint32_t number);

/* The host's program: UD2, without an IDT. */
static void write_host(void)
{
	uint8_t *program = (uint8_t *)MAP_HOST_PROGRAM;

	program[0] = 0x0f;
	program[1] = 0x0b;
}

void hyp_main(uint32_t number)
{
	const char *end = (const char *)MAP_COMMANDS;
	struct cpu *cpu;

	exception_init();
	cpu = cpu_start(number);
	hyp_protect();
	view_init();
	host_boot(1);
	host_start(cpu);
	write_host();
	switch (*end) {
	case 'e':
		__asm__ volatile("ud2");
		break;
	case 'w':
		*(volatile uint8_t *)(uintptr_t)hyp_main = 0;
		break;
	case 'x':
		((void (*)(void))MAP_HOST_PROGRAM)();
		break;
	case 'f':
		(void)pkvm_vmread(NO_FIELD);
		break;
	case 'r':
		pkvm_vmwrite(PKVM_VMCS_GUEST_RFLAGS, 0);
		break;
	case 'c':
		pkvm_vmwrite(PKVM_VMCS_CR3_TARGET_COUNT, 99);
		break;
	}
	host_run(cpu);
}
