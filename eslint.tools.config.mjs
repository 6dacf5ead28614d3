// Lints what runs on our machines only: the sandbox, what starts things, the tests. n8n's own configuration
// (eslint.config.mjs) is for what ships, and must stay as n8n wrote it.
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

export default tseslint.config(
	{ ignores: ['dist/**', '**/node_modules/**', '.cache/**', '.stryker-tmp/**', '**/*.ts'] },
	eslint.configs.recommended,
	{
		files: ['**/*.mts'],
		extends: [...tseslint.configs.recommendedTypeChecked],
		languageOptions: { parserOptions: { project: './tsconfig.tools.json' } },
		rules: {
			'@typescript-eslint/require-await': 'off',
			'@typescript-eslint/no-unsafe-assignment': 'off',
			'@typescript-eslint/no-unsafe-member-access': 'off',
			'@typescript-eslint/no-unsafe-argument': 'off',
			'@typescript-eslint/no-base-to-string': 'off',
		},
	},
	{
		files: ['**/*.mjs', '**/*.js'],
		languageOptions: {
			globals: {
				process: 'readonly',
				console: 'readonly',
				URL: 'readonly',
				require: 'readonly',
				exports: 'writable',
			},
		},
	},
);
