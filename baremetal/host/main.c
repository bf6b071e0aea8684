/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A host program. */
#include "../boot_info.h"
void host_main(const struct boot_info *info, uint32_t cpu);
static void text(const char *t) { while (*t) __asm__ volatile("outb %0, $0xe9" :: "a"(*t++)); }
void host_main(const struct boot_info *info, uint32_t cpu)
{
	(void)info;
	if (cpu) for (;;) __asm__ volatile("pause");
	text("hello from non-root\nRESULT: PASS\n");
	__asm__ volatile("outb %0, %1" :: "a"((uint8_t)'D'), "d"((uint16_t)0x8900));
	for(;;);
}
