import { ref } from '../../../schema/field.ts'
import { CustomResourceSubresourceScale, CustomResourceSubresourceStatus } from './common.ts'
import { message } from './group.ts'

export class CustomResourceSubresources extends message(
  'The subresources offered by a custom resource.',
  {
    status: ref(
      CustomResourceSubresourceStatus,
      1,
      'Turns on /status; the main endpoint then ignores changes to status, and /status all others.',
    ),
    scale: ref(
      CustomResourceSubresourceScale,
      2,
      'Turns on /scale, which lets kubectl scale and autoscalers set the replica count.',
    ),
  },
) {}
