import { messagesOf } from '../../schema/message.ts'

/** Declares the messages of the scheduler's configuration file. They are never sent, so that their tags only count. */
export const message: ReturnType<typeof messagesOf> = messagesOf('io.k8s.kube-scheduler.config.v1')
