"""Starts MiniStack with what its version lacks. docs/testing.md lists each mending; a newer version may need none."""

from ministack.services.cloudformation import provisioners

# 1.5.33: the update of a nested stack forgets the attributes of resources that do not change, so that every `GetAtt` of
# one fails ("Requested attribute Arn does not exist"). They are kept here from when the resource was made.
attributes = {}
provision = provisioners._provision_resource
update = provisioners._update_resource


def remembering(resource_type, *parameters, **more):
    physical_id, made = provision(resource_type, *parameters, **more)
    attributes[resource_type, physical_id] = made
    return physical_id, made


def updating(resource_type, physical_id, old, new, stack, logical_id=None, old_attrs=None):
    known = old_attrs if old_attrs is not None else attributes.get((resource_type, physical_id))
    physical_id, made = update(resource_type, physical_id, old, new, stack, logical_id, known)
    attributes[resource_type, physical_id] = made
    return physical_id, made


provisioners._provision_resource = remembering
provisioners._update_resource = updating

if __name__ == "__main__":
    from ministack.app import main

    main()
