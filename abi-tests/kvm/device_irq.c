/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Sends interrupts through the running kernel, and sees where their EOI goes. */
#include "device.h"

#define ONE_ROUTE (sizeof(struct kvm_irq_routing) + sizeof(struct kvm_irq_routing_entry))

#define MSI_DEST_SHIFT 12
#define MSI_LEVEL      0xc000u /* level-triggered, asserted          */

#define ENTRY_LEVEL      0x8000u /* of the I/O APIC's redirection table */
#define ENTRY_REMOTE_IRR 0x4000u
#define ENTRY_DEST_SHIFT 56

int device_send_edge(uint32_t dest)
{
	struct kvm_msi msi = {
		.address_lo = APIC_BASE | dest << MSI_DEST_SHIFT,
		.data = EDGE_VECTOR,
	};
	const int reached = device_ioctl(kvm.vm, KVM_SIGNAL_MSI, &msi);

	return reached > 0 ? 0 : reached;
}

/* Where a level's EOI goes to user space only the routes say. */
static void send_split(void)
{
	_Alignas(struct kvm_irq_routing) uint8_t room[ONE_ROUTE] = {0};
	struct kvm_irq_routing *table = (struct kvm_irq_routing *)room;
	struct kvm_irq_level line = {.irq = LEVEL_PIN, .level = 1};

	table->nr = 1;
	table->entries[0].gsi = LEVEL_PIN;
	table->entries[0].type = KVM_IRQ_ROUTING_MSI;
	table->entries[0].u.msi.address_lo = APIC_BASE | APIC_ID << MSI_DEST_SHIFT;
	table->entries[0].u.msi.data = MSI_LEVEL | LEVEL_VECTOR;
	device_need("KVM_SET_GSI_ROUTING", kvm.vm, KVM_SET_GSI_ROUTING, table);
	device_need("KVM_IRQ_LINE", kvm.vm, KVM_IRQ_LINE, &line);
}

static void read_ioapic(struct kvm_irqchip *chip)
{
	*chip = (struct kvm_irqchip){.chip_id = KVM_IRQCHIP_IOAPIC};
	device_need("KVM_GET_IRQCHIP", kvm.vm, KVM_GET_IRQCHIP, chip);
}

static void send_kernel(void)
{
	struct kvm_irq_level line = {.irq = LEVEL_PIN, .level = 1};
	struct kvm_irqchip chip;

	read_ioapic(&chip);
	chip.chip.ioapic.redirtbl[LEVEL_PIN].bits =
		(uint64_t)APIC_ID << ENTRY_DEST_SHIFT | ENTRY_LEVEL | LEVEL_VECTOR;
	device_need("KVM_SET_IRQCHIP", kvm.vm, KVM_SET_IRQCHIP, &chip);
	device_need("KVM_IRQ_LINE", kvm.vm, KVM_IRQ_LINE, &line);
	line.level = 0;
	device_need("KVM_IRQ_LINE", kvm.vm, KVM_IRQ_LINE, &line);
}

void device_send_level(void)
{
	if (kvm.chip == CHIP_KERNEL)
		send_kernel();
	else
		send_split();
}

bool device_eoi_arrived(const struct ran *ran)
{
	struct kvm_irqchip chip;

	if (kvm.chip != CHIP_KERNEL)
		return ran->eoi == LEVEL_VECTOR;
	read_ioapic(&chip);
	return !(chip.chip.ioapic.redirtbl[LEVEL_PIN].bits & ENTRY_REMOTE_IRR);
}
