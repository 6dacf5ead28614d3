// The node's description as n8n sees it, flattened.
import type { INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';
import { loadPackage } from './engine.mts';

export interface DescribedOperation {
	resource: string;
	operation: string;
	option: INodePropertyOptions;
	method: string;
	url: string;
	/** The fields shown for it. */
	fields: INodeProperties[];
}

export const nodeUnderTest = async (name = 'tallyfyGuests'): Promise<INodeType> =>
	(await loadPackage()).node(name);

/** What n8n's loader adds by itself. */
const ADDED = ['requestOptions', 'pollTimes'];

/** The parameters that the package gives to a node. */
export const ownProperties = ({ description }: INodeType): INodeProperties[] =>
	description.properties.filter(({ name }) => !ADDED.includes(name));

/** The menus, and what n8n's loader adds. */
const NO_FIELDS = ['resource', 'operation', ...ADDED];

/** A field without conditions is shown for every operation. */
const showsFor = (
	{ name, displayOptions }: INodeProperties,
	resource: string,
	operation: string,
) => {
	const show = displayOptions?.show ?? {};
	const allows = (key: string, value: string) => !show[key] || show[key].includes(value as never);
	return (
		!NO_FIELDS.includes(name) && allows('resource', resource) && allows('operation', operation)
	);
};

/** Every operation of every resource, with its call and its form. */
export function operationsOf(node: INodeType): DescribedOperation[] {
	const { properties } = node.description;
	return properties
		.filter(({ name }) => name === 'operation')
		.flatMap((menu) => {
			// The node that asks has an operation, and no resources.
			const [resource] = (menu.displayOptions?.show?.resource ?? []) as string[];
			if (resource === undefined) return [];
			return (menu.options as INodePropertyOptions[]).map((option) => {
				const operation = String(option.value);
				return {
					resource,
					operation,
					option,
					method: String(option.routing?.request?.method),
					url: String(option.routing?.request?.url),
					fields: properties.filter((property) => showsFor(property, resource, operation)),
				};
			});
		});
}

/** Every property, those in collections too, with where it stands. */
export function everyProperty(
	properties: INodeProperties[],
	above = '',
): Array<{ at: string; property: INodeProperties }> {
	return properties.flatMap((property) => {
		const at = `${above}${property.name}`;
		const inside = property.type === 'collection' ? (property.options as INodeProperties[]) : [];
		return [{ at, property }, ...everyProperty(inside, `${at}.`)];
	});
}
