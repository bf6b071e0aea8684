/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where everything lies in the image's physical memory: numbers alone, for C,
 * the assembler and linker scripts.
 *
 *   0x00000000  RAM of the host up to the hole of the first MiB
 *   0x000a0000  no RAM: video memory, ROM
 *   0x00100000  RAM of the host
 *   0x03e00000  RAM set aside for the core: its tables, VMXON regions
 *   0x04000000  the hypervisor's image; no RAM for anybody else
 *   0x04400000  RAM of the host: boot information, page tables, its program
 *   0x05000000  RAM of the host: the commands that came with the image
 *   0x06000000  end
 */
#ifndef PKVM_BAREMETAL_MEMORY_MAP_H
#define PKVM_BAREMETAL_MEMORY_MAP_H

#define MAP_LOW_END        0x000a0000
#define MAP_HIGH           0x00100000
#define MAP_CARVE_OUT      0x03e00000
#define MAP_HYP            0x04000000
#define MAP_HOST           0x04400000
#define MAP_BOOT_INFO      MAP_HOST
#define MAP_HOST_TABLES    0x04401000
#define MAP_HOST_PROGRAM   0x04410000
#define MAP_COMMANDS       0x05000000
#define MAP_END            0x06000000

/* The ROM, 2 MiB, ends with the reset vector; its last 64 KiB also show below 1 MiB. */
#define MAP_ROM            0xffe00000
#define MAP_ROM_STUB       0xffff0000

/* A SIPI with this vector starts a CPU in the last page of the ROM. */
#define MAP_SIPI_VECTOR    0xff
#define MAP_SIPI_OFFSET    0xf000

#define MAP_MAX_CPUS       8

#endif
