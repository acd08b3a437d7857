import { defineConfig } from 'vitest/config'

export default defineConfig({
  // Node.js loads what is imported, as it does without vitest: its own runner would transform a thousand modules first.
  test: { experimental: { viteModuleRunner: false } },
})
