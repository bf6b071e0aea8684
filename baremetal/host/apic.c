/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Interrupts that the CPU of the program sends to itself. */
#include "../common/lapic.h"
#include "host.h"

void host_send_irq(uint8_t vector)
{
	lapic_enable();
	lapic_send(0, LAPIC_SELF | vector);
}
