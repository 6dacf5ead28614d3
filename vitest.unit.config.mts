import { mergeConfig } from 'vitest/config';
import config from './vitest.config.mts';

// The unit tests alone, without a build: for mutation testing.
const unit = mergeConfig(config, {});
unit.test.include = ['test/unit/**/*.test.mts'];
unit.test.exclude = ['test/unit/sandbox*.test.mts'];
unit.test.globalSetup = [];
export default unit;
