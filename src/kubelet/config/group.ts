import { messagesOf } from '../../schema/message.ts'

/** Declares the messages of the node agent's configuration file. They are never sent, so that their tags only count. */
export const message: ReturnType<typeof messagesOf> = messagesOf('io.k8s.kubelet.config.v1beta1')
