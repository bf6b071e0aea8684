/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Leaks for the hostile host to find: the linker puts each around a function of
 * the hypervisor's (--wrap), and it does what the function does until the image's
 * commands name it. The hypervisor itself knows nothing of them.
 */
#ifndef PKVM_ISOLATION_LEAK_H
#define PKVM_ISOLATION_LEAK_H

#include "../../../../baremetal/hyp/cpu.h"
#include "../../../../lib/hyp.h"

/* Whether the commands are this name. */
bool leak_is(const char *name);

/* WRAP(int, f, (int a)): f's declaration and that of what stands around it. */
#define WRAP(RESULT, NAME, PARAMETERS)   \
	RESULT __real_##NAME PARAMETERS; \
	RESULT __wrap_##NAME PARAMETERS; \
	RESULT __wrap_##NAME PARAMETERS

#endif
