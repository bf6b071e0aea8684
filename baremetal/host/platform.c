/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* host/platform.h in the image: pages, the CPU, a clock, the console. */
#include "../../host/platform.h"
#include "host.h"
uint64_t pkvm_host_plat_alloc(uint64_t pages){(void)pages;return 0;}
bool pkvm_host_plat_free(uint64_t pa, uint64_t pages){(void)pa;(void)pages;return 0;}
void *pkvm_host_plat_ptr(uint64_t pa){(void)pa;return 0;}
unsigned int pkvm_host_plat_cpu(void){return 0;}
uint64_t pkvm_host_plat_tsc(void){return 0;}
void pkvm_host_plat_take_interrupts(void){}
void pkvm_host_plat_log(const char *text, const char *subject, int64_t value){(void)text;(void)subject;(void)value;}
