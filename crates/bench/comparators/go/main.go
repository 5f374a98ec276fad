// The decision of pre sign-up as a function in Go, with the AWS SDK for Go v2.
//
// Debian has no package of aws-lambda-go, so the loop over the Runtime API is written here.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/text/unicode/norm"
)

type event struct {
	Version       string          `json:"version"`
	TriggerSource string          `json:"triggerSource"`
	Region        string          `json:"region"`
	UserPoolID    string          `json:"userPoolId"`
	UserName      string          `json:"userName"`
	CallerContext json.RawMessage `json:"callerContext"`
	Request       request         `json:"request"`
	Response      response        `json:"response"`
}

type request struct {
	UserAttributes map[string]string `json:"userAttributes"`
	ValidationData map[string]string `json:"validationData"`
	ClientMetadata map[string]string `json:"clientMetadata"`
}

type response struct {
	AutoConfirmUser bool `json:"autoConfirmUser"`
	AutoVerifyEmail bool `json:"autoVerifyEmail"`
	AutoVerifyPhone bool `json:"autoVerifyPhone"`
}

func normalise(text string) string {
	return strings.ToLower(norm.NFC.String(strings.TrimSpace(text)))
}

func flag(value types.AttributeValue, otherwise bool) bool {
	if boolean, ok := value.(*types.AttributeValueMemberBOOL); ok {
		return boolean.Value
	}
	return otherwise
}

func handle(client *dynamodb.Client, table string, event *event) error {
	email := event.Request.UserAttributes["email"]
	if event.TriggerSource != "PreSignUp_SignUp" || email == "" {
		return nil
	}
	found, err := client.GetItem(context.Background(), &dynamodb.GetItemInput{
		TableName:      &table,
		Key:            map[string]types.AttributeValue{"UserEmail": &types.AttributeValueMemberS{Value: normalise(email)}},
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return err
	}
	known := found.Item
	name, isNamed := known["UserNameKey"].(*types.AttributeValueMemberS)
	if isNamed && name.Value == normalise(event.UserName) && !flag(known["Suspended"], false) && flag(known["EmailVerified"], true) {
		event.Response.AutoConfirmUser = true
		event.Response.AutoVerifyEmail = true
	}
	return nil
}

func main() {
	settings, err := config.LoadDefaultConfig(context.Background(), config.WithEndpointResolverWithOptions(endpoint()))
	if err != nil {
		log.Fatal(err)
	}
	client := dynamodb.NewFromConfig(settings)
	table := os.Getenv("KNOWN_USERS_TABLE")
	invocations := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		if err := invocation(invocations, func(event *event) error { return handle(client, table, event) }); err != nil {
			log.Fatal(err)
		}
	}
}

// endpoint is for an SDK that does not look at AWS_ENDPOINT_URL_DYNAMODB by itself yet.
func endpoint() aws.EndpointResolverWithOptionsFunc {
	return func(service, region string, _ ...interface{}) (aws.Endpoint, error) {
		return aws.Endpoint{URL: os.Getenv("AWS_ENDPOINT_URL_DYNAMODB"), SigningRegion: region}, nil
	}
}

// invocation takes one event from the Runtime API and answers it.
func invocation(invocations string, handle func(*event) error) error {
	next, err := http.Get(invocations + "next")
	if err != nil {
		return err
	}
	body, err := io.ReadAll(next.Body)
	next.Body.Close()
	if err != nil {
		return err
	}
	url := invocations + next.Header.Get("Lambda-Runtime-Aws-Request-Id")
	var event event
	if err = json.Unmarshal(body, &event); err == nil {
		err = handle(&event)
	}
	answer, kind := interface{}(event), "/response"
	if err != nil {
		answer, kind = map[string]string{"errorType": "Failure", "errorMessage": err.Error()}, "/error"
	}
	if body, err = json.Marshal(answer); err != nil {
		return err
	}
	posted, err := http.Post(url+kind, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer posted.Body.Close()
	if posted.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the Runtime API answers %s", posted.Status)
	}
	_, err = io.Copy(io.Discard, posted.Body)
	return err
}
