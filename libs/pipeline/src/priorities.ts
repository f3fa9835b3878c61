/** BullMQ takes the lower number first. Every job has one of these, so that an urgent one can get ahead. */
export const priorities = { urgent: 1, normal: 10 } as const
