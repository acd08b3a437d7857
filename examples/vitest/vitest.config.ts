import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Node.js loads what is imported, as it does without vitest: its own runner would transform a thousand modules first.
    experimental: { viteModuleRunner: false },
    // Machines that run tests are busy.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
