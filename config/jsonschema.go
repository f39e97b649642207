package config

import (
	"encoding/json"
	"slices"
	"strconv"
)

// node is a part of a JSON Schema.
type node = map[string]any

// JSONSchema gives the schema of the JSON form of a file (JSON Schema 2020-12), indented. Editors take it from
// /schema.json of a gateway or from `tandem config schema`.
func JSONSchema() []byte {
	v := Describe()
	properties := node{"$schema": node{"type": "string"}, "//": node{"description": "a comment"}}
	for _, b := range v.Blocks {
		if b.Type == "" {
			for _, a := range b.Attributes {
				properties[a.Name] = a.schema()
			}
			continue
		}
		properties[b.Type] = b.schema()
	}
	top := node{
		"$schema":              "https://json-schema.org/draft/2020-12/schema",
		"$id":                  "https://github.com/tandemgw/tandem/schema.json",
		"title":                "The configuration of tandem, in its JSON form",
		"type":                 "object",
		"properties":           properties,
		"additionalProperties": false,
		"$defs": node{
			"expression": node{"type": "string", "pattern": `[$%]\{`, "description": `"${...}" with anything that the other form of a file may say there`},
			"steps":      stepsSchema(),
			"step":       stepSchema(v),
		},
	}
	out, err := json.MarshalIndent(top, "", "  ")
	if err != nil {
		return nil // maps of text cannot fail
	}
	return append(out, '\n')
}

func ref(name string) node { return node{"$ref": "#/$defs/" + name} }

func anyOf(all ...any) node { return node{"anyOf": all} }

// schema gives a block: its body, or by name a group of bodies, or a list of either.
func (b Block) schema() node {
	body := group(b.Attributes)
	body["properties"].(node)["//"] = node{"description": "a comment"}
	if b.Type == "let" {
		body = node{"type": "object", "additionalProperties": anyOf(ref("steps"), node{})}
	}
	if b.Label != "" {
		body = node{"type": "object", "additionalProperties": anyOf(body, node{"type": "array", "items": body})}
	}
	s := anyOf(body, node{"type": "array", "items": body})
	s["description"] = b.Does
	return s
}

// group gives an object with these members.
func group(all []Attribute) node {
	properties := node{}
	var required []string
	for _, a := range all {
		if properties[a.Name] = a.schema(); a.Default == Required {
			required = append(required, a.Name)
		}
	}
	s := node{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func (a Attribute) schema() node {
	s := a.Shape.schema()
	s["description"] = a.Does
	if v, ok := a.literal(); ok {
		s["default"] = v
	}
	return s
}

// literal gives the default as a value of JSON, where it stands in about.txt as it would in a file.
func (a Attribute) literal() (any, bool) {
	var v any
	if a.Default == Required || json.Unmarshal([]byte(a.Default), &v) != nil {
		return nil, false
	}
	return v, true
}

// schema gives what may stand as the value; an expression may stand for anything.
func (s Shape) schema() node {
	switch s.Kind {
	case KindText:
		return node{"type": "string"}
	case KindWord:
		return anyOf(node{"enum": s.Words}, ref("expression"))
	case KindTime:
		all := []any{node{"type": "string", "pattern": `^(([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+|[0-9]+d|0)$`}, ref("expression")}
		if len(s.Words) > 0 {
			all = append(all, node{"enum": s.Words})
		}
		return anyOf(all...)
	case KindNumber:
		return anyOf(s.numberSchema(), ref("expression"))
	case KindFlag:
		return anyOf(node{"type": "boolean"}, ref("expression"))
	case KindSteps:
		return ref("steps")
	case KindGroup:
		return anyOf(group(s.Members), ref("expression"))
	case KindTable:
		return anyOf(node{"type": "object", "additionalProperties": s.item()}, ref("expression"))
	case KindList:
		all := []any{node{"type": "array", "items": s.item()}, ref("expression")}
		if s.OrItem {
			all = append(all, s.item())
		}
		return anyOf(all...)
	case KindValue:
	}
	return node{}
}

func (s Shape) item() node {
	if s.Item == nil {
		return node{}
	}
	return s.Item.schema()
}

func (s Shape) numberSchema() node {
	n := node{"type": "number"}
	var words []float64
	for _, w := range s.Words {
		if f, err := strconv.ParseFloat(w, 64); err == nil {
			words = append(words, f)
		}
	}
	if len(words) > 0 {
		return node{"enum": words}
	}
	for name, bound := range map[string]string{"minimum": s.Least, "maximum": s.Most} {
		if f, err := strconv.ParseFloat(bound, 64); err == nil {
			n[name] = f
		}
	}
	return n
}

func stepsSchema() node {
	return anyOf(node{"type": "array", "items": ref("step")}, choiceSchema(), ref("expression"))
}

func choiceSchema() node {
	return node{
		"type": "object", "additionalProperties": false, "required": []string{"if", "then", "else"},
		"properties": node{"if": anyOf(node{"type": "boolean"}, ref("expression")), "then": ref("steps"), "else": ref("steps"), "//": node{}},
	}
}

// stepSchema gives an item of a list of steps: a step and its arguments, or steps again.
func stepSchema(v Vocabulary) node {
	all := []any{node{"type": "array", "items": ref("step")}, choiceSchema(), ref("expression")}
	for _, s := range v.Steps {
		arguments := []any{}
		for _, a := range s.Arguments {
			arguments = append(arguments, a.schema())
		}
		list := node{"type": "array", "minItems": s.Least, "maxItems": len(s.Params)}
		if len(arguments) > 0 {
			list["prefixItems"] = arguments
		}
		takes := []any{list}
		if s.Least <= 1 && len(s.Params) > 0 {
			one := node{"type": []string{"string", "number", "boolean", "object"}}
			takes = append(takes, one)
		}
		all = append(all, node{
			"type": "object", "description": s.Form + ": " + s.Does,
			"properties": node{s.Name: node{"anyOf": slices.Clip(takes)}}, "required": []string{s.Name}, "additionalProperties": false,
		})
	}
	return anyOf(all...)
}
